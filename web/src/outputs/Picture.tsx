import type { ComponentProps, ReactElement } from "react";
import css from "./OutputView.module.css";
import { NARROW, NARROW_SIZES } from "./small";

/** A picture of which narrow screens load a smaller file, where there is one. */
export function Picture({ small, ...image }: ComponentProps<"img"> & { small?: string | undefined }) {
  return <Smaller small={small} picture={<img {...image} />} />;
}

/** The same around an image that another library draws. */
export function Smaller({ small, picture }: { small: string | undefined; picture: ReactElement }) {
  if (small === undefined) return picture;
  return (
    <picture className={css.transparent}>
      <source media={NARROW} srcSet={small} sizes={NARROW_SIZES} />
      {picture}
    </picture>
  );
}
