import { createTheme, type MantineColorsTuple } from "@mantine/core";

// warm greys: the wall that pictures hang on (tokens.css holds the surfaces)
const stone: MantineColorsTuple = [
  "#faf8f5", "#f1eee8", "#e4dfd6", "#d0c9bd", "#a79f92", "#7d756a", "#5f584f", "#45403a", "#2b2825", "#1d1b19",
];
// vermilion, for what moves: progress, the price of a run, the current page
const vermilion: MantineColorsTuple = [
  "#fff0ec", "#ffdcd3", "#ffb7a5", "#ff9177", "#f86f50", "#e8502f", "#cf3f20", "#b93418", "#942814", "#702012",
];

const night: MantineColorsTuple = [
  "#f1eee8", "#b3aba0", "#8c8478", "#6b645b", "#45403a", "#35312c", "#292623", "#1e1c1a", "#151412", "#0f0e0d",
];

export const theme = createTheme({
  colors: { stone, vermilion, gray: stone, dark: night },
  primaryColor: "stone",
  primaryShade: { light: 9, dark: 1 },
  autoContrast: true,
  luminanceThreshold: 0.35,
  black: "#1d1b19",
  white: "#fffdfa",
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Apple SD Gothic Neo", "Noto Sans KR", NanumGothic, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, "D2Coding", NanumGothicCoding, monospace',
  headings: {
    fontFamily: '"Iowan Old Style", "Palatino Linotype", Palatino, Georgia, "Noto Serif KR", NanumMyeongjo, serif',
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "1.75rem", lineHeight: "1.2" },
      h2: { fontSize: "1.25rem", lineHeight: "1.3" },
      h3: { fontSize: "1rem", lineHeight: "1.4" },
    },
  },
  defaultRadius: "md",
  radius: { xs: "2px", sm: "4px", md: "8px", lg: "12px", xl: "20px" },
  cursorType: "pointer",
  respectReducedMotion: true,
});
