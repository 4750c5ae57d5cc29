/** Which inputs of a model a keyframe may have of its own, and which all keyframes share. */
import type { Schemas } from "~/api/client";
import { fieldsOf, schemaOf, type Field } from "~/features/model/fields";
import { WALKING, type Walking } from "./walking";

type Told = Parameters<typeof fieldsOf>[1];

/** A model's inputs, as a composer of walks sees them. */
export interface Plan {
  fields: readonly Field[];
  /** What may differ between keyframes: there is a way from one value to another. */
  may: readonly Field[];
  /** What differs to begin with. */
  usual: readonly string[];
  /** Where a keyframe that is a picture goes; null if the model takes none. */
  picture: Field | null;
}

const BETWEEN: Readonly<Record<Walking, readonly Field["kind"][]>> = {
  "text-to-image": ["text", "seed", "number"],
  "latent-to-image": ["seed", "choice", "number", "numbers"],
};

export function planOf(model: Pick<Schemas["ModelReply"], "pipeline" | "latest_version">, told?: Told): Plan {
  const fields = fieldsOf(schemaOf(model.latest_version?.openapi_schema, "Input"), told);
  const pipeline = WALKING.find((each) => each === model.pipeline) ?? "text-to-image";
  const may = fields.filter((field) => BETWEEN[pipeline].includes(field.kind));
  const words = may.filter((field) => field.kind === "text").slice(0, 1);
  const points = may.filter((field) => field.kind === "choice" || field.kind === "numbers" || (field.kind === "seed" && field.drawn));
  const usual = (pipeline === "text-to-image" ? words : points).map(({ name }) => name);
  const picture = pipeline === "text-to-image" ? fields.find((field) => field.kind === "image" && field.name === "image") : undefined;
  return { fields, may, usual: usual.length > 0 ? usual : may.slice(0, 1).map(({ name }) => name), picture: picture ?? null };
}

/** What says how a picture is painted over; without a picture it says nothing. */
const OF_A_PICTURE = ["strength", "mask"];

export const matters = (field: Field, { keyframes }: { keyframes: readonly { isPicture: boolean }[] }): boolean =>
  !OF_A_PICTURE.includes(field.name) || keyframes.some(({ isPicture }) => isPicture);

/** The inputs that all keyframes have in common. */
export const sharedFields = ({ fields, picture }: Plan, own: readonly string[]): Field[] =>
  fields.filter((field) => field !== picture && !own.includes(field.name));

/** The inputs of each keyframe. */
export const ownFields = ({ fields }: Plan, own: readonly string[]): Field[] => fields.filter((field) => own.includes(field.name));
