import type { MantineThemeComponents } from "@mantine/core";

// the primary colour is dark by day and light by night, and what is written on it is the other one
const onPrimary = "var(--on-primary)";
type Painted = { color?: unknown; variant?: unknown };
const isPrimary = ({ color, variant }: Painted) => color === undefined && (variant === undefined || variant === "filled");

// plain objects: the components themselves would be loaded with the first page
export const components: MantineThemeComponents = {
  Anchor: { defaultProps: { underline: "always" } },
  // locking the scroll writes a <style> tag, which the content security policy refuses
  Modal: { defaultProps: { lockScroll: false, centered: true } },
  Drawer: { defaultProps: { lockScroll: false } },
  Button: { vars: (_theme: unknown, props: Painted) => ({ root: isPrimary(props) ? { "--button-color": onPrimary } : {} }) },
  ActionIcon: { vars: (_theme: unknown, props: Painted) => ({ root: isPrimary(props) ? { "--ai-color": onPrimary } : {} }) },
  Badge: {
    vars: (_theme: unknown, props: Painted) => ({ root: isPrimary(props) ? { "--badge-color": onPrimary } : {} }),
    defaultProps: { tt: "none" },
  },
  Chip: { vars: (_theme: unknown, props: Painted) => ({ root: isPrimary(props) ? { "--chip-color": onPrimary } : {} }) },
  Checkbox: { vars: () => ({ root: { "--checkbox-icon-color": onPrimary } }) },
};
