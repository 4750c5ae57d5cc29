import { useTranslation } from "react-i18next";
import { Handle, HandleRoot, Image, Item, Provider, Root } from "react-compare-slider/components";
import { useReactCompareSlider } from "react-compare-slider/hooks";
import { Smaller } from "~/outputs/Picture";
import css from "./ModelPage.module.css";

/** Before and after under one slider, which arrow keys move too. */
export default function Compare({ before, after, small, alt }: { before: string; after: string; small: string | undefined; alt: string }) {
  const { t } = useTranslation("model");
  const slider = useReactCompareSlider({});
  return (
    <Provider {...slider}>
      <Root className={css.pair}>
        <Item item="itemOne">
          <Image src={before} alt={t("before")} />
        </Item>
        <Item item="itemTwo">
          <Smaller small={small} picture={<Image src={after} alt={alt} />} />
        </Item>
        <HandleRoot aria-label={t("compare")}>
          <Handle />
        </HandleRoot>
      </Root>
    </Provider>
  );
}
