import { useTranslation } from "react-i18next";
import { ReactCompareSlider, ReactCompareSliderImage } from "react-compare-slider";
import css from "./ModelPage.module.css";

/** Before and after under one slider; arrow keys move it. */
export default function Compare({ before, after, alt }: { before: string; after: string; alt: string }) {
  const { t } = useTranslation("model");
  return (
    <ReactCompareSlider
      className={css.compare}
      aria-label={t("compare")}
      itemOne={<ReactCompareSliderImage src={before} alt={t("before")} />}
      itemTwo={<ReactCompareSliderImage src={after} alt={alt} />}
    />
  );
}
