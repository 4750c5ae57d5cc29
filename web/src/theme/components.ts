import { Drawer, Modal, type MantineThemeComponents } from "@mantine/core";

// locking the scroll writes a <style> tag, which the content security policy refuses
export const components: MantineThemeComponents = {
  Modal: Modal.extend({ defaultProps: { lockScroll: false, centered: true } }),
  Drawer: Drawer.extend({ defaultProps: { lockScroll: false } }),
};
