/** The model of an item as the router's parameters; null where the visitor may not know of it. */
export function modelOf({ model }: { model: string | null }): { owner: string; name: string } | null {
  if (model === null) return null;
  const [owner = "", name = ""] = model.split("/");
  return { owner, name };
}
