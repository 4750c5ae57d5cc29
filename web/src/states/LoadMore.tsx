import { Button, Loader } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

interface More {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => Promise<unknown>;
}

const AHEAD = "900px";

/** Loads the next page before its place is reached; the button is for those who do not scroll. */
export function LoadMore({ hasNextPage, isFetchingNextPage, fetchNextPage }: More) {
  const { t } = useTranslation("common");
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null || !hasNextPage || isFetchingNextPage) return;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) void fetchNextPage();
      },
      { rootMargin: AHEAD },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  if (!hasNextPage) return null;
  return (
    <div ref={place} style={{ display: "grid", placeItems: "center", minHeight: 80 }}>
      {isFetchingNextPage ? (
        <Loader size="sm" />
      ) : (
        <Button variant="default" onClick={() => void fetchNextPage()}>
          {t("more")}
        </Button>
      )}
    </div>
  );
}
