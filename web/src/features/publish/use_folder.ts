/** A folder on its way to becoming a file. */
import { useCallback, useEffect, useRef, useState } from "react";
import { packedFolder, sizeOf, type Folder } from "./folder";

export interface Packing {
  name: string;
  /** In whole steps, so that a large folder does not draw the page anew for every part that is read. */
  percent: number;
  packed_bytes: number;
  size_bytes: number;
}

export function useFolder(onPacked: (file: File) => void, onUnreadable: () => void) {
  const [packing, setPacking] = useState<Packing | null>(null);
  const stop = useRef<AbortController>(undefined);
  useEffect(() => () => stop.current?.abort(), []);

  const pack = useCallback(
    async (folder: Folder) => {
      stop.current?.abort();
      const control = new AbortController();
      stop.current = control;
      const [name, size_bytes] = [folder.name, sizeOf(folder.members)];
      setPacking({ name, percent: 0, packed_bytes: 0, size_bytes });
      try {
        const file = await packedFolder(folder, (packed_bytes) => {
          const percent = Math.floor((100 * packed_bytes) / size_bytes);
          setPacking((shown) => (shown?.percent === percent ? shown : { name, percent, packed_bytes, size_bytes }));
        }, control.signal);
        setPacking(null);
        onPacked(file);
      } catch {
        if (control.signal.aborted) return;
        setPacking(null);
        onUnreadable();
      }
    },
    [onPacked, onUnreadable],
  );
  const cancel = useCallback(() => {
    stop.current?.abort();
    setPacking(null);
  }, []);
  return { packing, pack, cancel };
}
