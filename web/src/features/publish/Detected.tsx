import { Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { bytes } from "~/format/money";
import css from "./Publish.module.css";
import type { Inspection, Upload } from "./queries";

/** What was read off an upload: its pipeline, its graphs with their tensors, its files. */
export function Detected({ upload, inspection }: { upload: Upload; inspection: Inspection }) {
  const { t } = useTranslation("publish");
  const { pipeline, files, graphs, detected } = inspection;
  return (
    <section className={css.part}>
      <Title order={2}>{t("detectedTitle", { name: upload.file_name })}</Title>
      <dl className={css.facts}>
        <dt>{t("pipeline")}</dt>
        <dd>{pipeline === null ? t("unknownPipeline") : t(`pipeline_${pipeline}`, { defaultValue: pipeline })}</dd>
        <dt>{t("manifest")}</dt>
        <dd>{t(detected ? "manifestDetected" : "manifestInside")}</dd>
        {Object.entries(graphs).map(([path, graph]) => (
          <Graph key={path} path={path} graph={graph} />
        ))}
        <dt>{t("files")}</dt>
        <dd>
          <details>
            <summary>{t("fileCount", { count: files.length, size: bytes(files.reduce((sum, file) => sum + file.size_bytes, 0)) })}</summary>
            <ul className={css.plain}>
              {files.map((file) => (
                <li key={file.path}>
                  <code>{file.path}</code> {bytes(file.size_bytes)}
                </li>
              ))}
            </ul>
          </details>
        </dd>
      </dl>
    </section>
  );
}

function Graph({ path, graph }: { path: string; graph: Schemas["GraphReply"] }) {
  return (
    <>
      <dt>
        <code>{path}</code>
      </dt>
      <dd>
        <code>{graph.inputs.map(tensor).join(", ")}</code> → <code>{graph.outputs.map(tensor).join(", ")}</code>
      </dd>
    </>
  );
}

const tensor = ({ name, dtype, dims }: Schemas["TensorReply"]): string => `${name} ${dtype}[${dims.map((dim) => dim ?? "?").join(" × ")}]`;
