/** Which models walk: those whose pipeline knows what lies between two inputs. */
import type { Schemas } from "~/api/client";

export const WALKING = ["text-to-image", "latent-to-image"] as const;
export type Walking = (typeof WALKING)[number];

export const canWalk = (model: Pick<Schemas["ModelReply"], "pipeline" | "latest_version">): boolean =>
  model.latest_version != null && WALKING.some((pipeline) => pipeline === model.pipeline);
