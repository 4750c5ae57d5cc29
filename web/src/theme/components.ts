import { ActionIcon, Badge, Button, Checkbox, Drawer, Modal, type MantineThemeComponents } from "@mantine/core";

// the primary colour is dark by day and light by night, and what is written on it is the other one
const onPrimary = "var(--on-primary)";
const isPrimary = ({ color, variant }: { color?: unknown; variant?: unknown }) =>
  color === undefined && (variant === undefined || variant === "filled");

export const components: MantineThemeComponents = {
  // locking the scroll writes a <style> tag, which the content security policy refuses
  Modal: Modal.extend({ defaultProps: { lockScroll: false, centered: true } }),
  Drawer: Drawer.extend({ defaultProps: { lockScroll: false } }),
  Button: Button.extend({ vars: (_theme, props) => ({ root: isPrimary(props) ? { "--button-color": onPrimary } : {} }) }),
  ActionIcon: ActionIcon.extend({ vars: (_theme, props) => ({ root: isPrimary(props) ? { "--ai-color": onPrimary } : {} }) }),
  Badge: Badge.extend({ vars: (_theme, props) => ({ root: isPrimary(props) ? { "--badge-color": onPrimary } : {} }), defaultProps: { tt: "none" } }),
  Checkbox: Checkbox.extend({ vars: () => ({ root: { "--checkbox-icon-color": onPrimary } }) }),
};
