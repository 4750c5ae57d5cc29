import hooks from "eslint-plugin-react-hooks";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: ["src/api/schema.d.ts"] },
  ...ts.configs.strict,
  { plugins: { "react-hooks": hooks }, rules: { ...hooks.configs.recommended.rules } },
  {
    rules: {
      "max-lines": ["error", 400],
      "max-lines-per-function": ["error", { max: 90, skipBlankLines: true, skipComments: true }],
      "no-console": "error",
      // the content security policy refuses what these would write
      "no-restricted-imports": ["error", { paths: [{ name: "@mantine/core", importNames: ["AppShell", "Grid", "SimpleGrid"] }] }],
      "no-restricted-syntax": [
        "error",
        { selector: "JSXAttribute[name.name=/^(visibleFrom|hiddenFrom)$/]", message: "Use a media query in a CSS module." },
        { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: "Use ~/outputs/Markdown, which sanitises." },
      ],
    },
  },
);
