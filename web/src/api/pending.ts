/** Routes that openapi.json does not describe yet, by hand; each leaves this file when `make generate` writes it. */
export interface Thumbnail {
  url: string;
  width_px: number;
  height_px: number;
}

export interface ExampleOutput {
  kind: string;
  url: string | null;
  width_px: number | null;
  height_px: number | null;
  thumbnails: Thumbnail[];
  value?: unknown;
}

export interface ExampleItem {
  id: string;
  model: {
    owner: string;
    name: string;
    description: string;
    pipeline: string | null;
    license: string | null;
    price: { amount_micros: number; amount: string; currency: string };
    tags: string[];
    run_count: number;
  };
  input: Record<string, unknown>;
  output: ExampleOutput;
  created_at: string;
}

export interface ExamplePage {
  next: string | null;
  previous: string | null;
  results: ExampleItem[];
}

export interface ExploreQuery {
  query?: string | undefined;
  pipeline?: string | undefined;
  license?: string | undefined;
  price?: "free" | "paid" | undefined;
  max_price_micros?: number | undefined;
  tag?: string | undefined;
  owner?: string | undefined;
  sort?: "new" | "popular" | "price" | undefined;
  cursor?: string | undefined;
  limit?: number | undefined;
}

interface Json<Body> {
  headers: { [name: string]: unknown };
  content: { "application/json": Body };
}
interface Nothing {
  query?: never;
  header?: never;
  path?: never;
  cookie?: never;
}

export interface PendingPaths {
  "/v1/explore": {
    parameters: Nothing;
    get: { parameters: { query?: ExploreQuery }; responses: { 200: Json<ExamplePage> } };
  };
  "/v1/models/{owner}/{name}/examples": {
    parameters: Nothing;
    get: {
      parameters: { path: { owner: string; name: string }; query?: { cursor?: string; limit?: number } };
      responses: { 200: Json<ExamplePage> };
    };
  };
}
