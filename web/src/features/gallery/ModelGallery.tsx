import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { shownAddress } from "~/api/own_address";
import css from "./ModelGallery.module.css";
import { ofModelQuery } from "./queries";
import { titleOf } from "./titles";

/** What people made with one model and put in the gallery; nothing where nobody did. */
export default function ModelGallery({ model }: { model: string }) {
  const { t } = useTranslation("gallery");
  const items = useQuery(ofModelQuery(model)).data ?? [];
  if (items.length === 0) return null;
  return (
    <section className={css.section}>
      <div className={css.head}>
        <h2>{t("ofModel")}</h2>
        <Link to="/gallery" search={{ model }}>
          {t("seeAll")}
        </Link>
      </div>
      <ul className={css.strip}>
        {items.map((item) => (
          <li key={item.id}>
            <Link to="/gallery/$id" params={item}>
              <img src={shownAddress(item.media.thumbnail_url)} alt={t(`alt_${item.kind}`, { title: titleOf(item, t), owner: item.owner })} loading="lazy" />
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
