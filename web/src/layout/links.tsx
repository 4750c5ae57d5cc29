/** Mantine's anchor and button as links of the router, their addresses checked by the compiler. */
import { Anchor, Button, type AnchorProps, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { ReactNode, Ref } from "react";

type Link<Props> = Omit<Props, "href"> & { ref?: Ref<HTMLAnchorElement>; children?: ReactNode };

export const AnchorLink = createLink((props: Link<AnchorProps>) => <Anchor {...props} />);
export const ButtonLink = createLink((props: Link<ButtonProps>) => <Button component="a" {...props} />);
