/** The few signs that we draw ourselves, 20 px, in the colour of the text. */
import type { ReactNode } from "react";

const PATHS = {
  explore: <path d="M3 3h6v8H3zM11 3h6v5h-6zM3 13h6v4H3zM11 10h6v7h-6z" />,
  publish: <path d="M10 13V4m-4 4 4-4 4 4M4 16h12" />,
  library: <path d="M4 4h12v12H4zM4 13l4-4 3 3 2-2 3 3M12.5 7.5h.01" />,
  wallet: <path d="M3 6h14v10H3zM3 6l9-3v3M13 11h4" />,
  account: <path d="M10 10a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3.5 17a6.5 6.5 0 0 1 13 0" />,
  dice: <path d="M4 4h12v12H4zM7.5 7.5h.01M12.5 12.5h.01M12.5 7.5h.01M7.5 12.5h.01M10 10h.01" />,
  search: <path d="M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12zm4.5-1.5L17 17" />,
  menu: <path d="M3 6h14M3 10h14M3 14h14" />,
  close: <path d="m5 5 10 10M15 5 5 15" />,
  copy: <path d="M7 7h9v9H7zM4 13V4h9" />,
  download: <path d="M10 3v10m-4-4 4 4 4-4M4 17h12" />,
  share: <path d="M14 7a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM6 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM14 17a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM7.8 9l4.4-3M7.8 11l4.4 3" />,
  camera: <path d="M3 6h3l1.5-2h5L14 6h3v10H3zM10 13.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6z" />,
  check: <path d="m4 10 4 4 8-8" />,
  warning: <path d="M10 3 2.5 16h15zM10 8v4M10 14.2h.01" />,
  sun: <path d="M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM10 2v2M10 16v2M2 10h2M16 10h2M4.3 4.3l1.4 1.4M14.3 14.3l1.4 1.4M4.3 15.7l1.4-1.4M14.3 5.7l1.4-1.4" />,
  trash: <path d="M4 6h12M8 6V4h4v2M6 6l1 11h6l1-11" />,
  walks: <path d="M3 15c3-9 5 3 8-4s3-7 6-6M3 15h.01M17 5h.01" />,
  grip: <path d="M8 5h.01M8 10h.01M8 15h.01M12 5h.01M12 10h.01M12 15h.01" strokeWidth={2.4} />,
  plus: <path d="M10 4v12M4 10h12" />,
  play: <path d="M6 4v12l10-6z" fill="currentColor" />,
  pause: <path d="M7 4v12M13 4v12" strokeWidth={3} />,
  before: <path d="M14 4 7 10l7 6M5 4v12" />,
  after: <path d="m6 4 7 6-7 6M15 4v12" />,
  repeat: <path d="M5 9V7h9m-2-3 3 3-3 3M15 11v2H6m2 3-3-3 3-3" />,
  use: <path d="M4 10h9m-4-4 4 4-4 4M16 4v12" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size} height={size} viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth={1.6}
      strokeLinecap="round" strokeLinejoin="round" aria-hidden
    >
      {PATHS[name]}
    </svg>
  );
}
