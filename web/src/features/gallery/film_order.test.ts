import { describe, expect, it } from "vitest";
import { turnOrder } from "./film_order";

describe("turnOrder", () => {
  it("goes from the first frame to the last", () => {
    expect(turnOrder(4, "stop")).toEqual([0, 1, 2, 3]);
    expect(turnOrder(4, "loop")).toEqual([0, 1, 2, 3]);
  });
  it("goes back over the frames of a ping-pong, each end once", () => {
    expect(turnOrder(4, "ping-pong")).toEqual([0, 1, 2, 3, 2, 1]);
    expect(turnOrder(1, "ping-pong")).toEqual([0]);
    expect(turnOrder(0, "ping-pong")).toEqual([]);
  });
});
