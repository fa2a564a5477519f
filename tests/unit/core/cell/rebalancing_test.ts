import assert from "node:assert/strict";
import fc from "fast-check";
import { Rebalancer } from "../../../../src/core/cell/rebalancer.ts";
import {
  gapOf,
  isPossible,
  type Layout,
  mergeOf,
  type OtherCell,
  splitOf,
} from "../../../../src/core/cell/rebalancing.ts";

const SIZE = { least: 3, most: 10 };

function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `n${String(index).padStart(2, "0")}`);
}

function layoutOf(
  cellId: string,
  count: number,
  others: readonly OtherCell[] = [],
  rest: Partial<Layout> = {},
): Layout {
  return {
    cellId,
    term: 4,
    ranked: names(count),
    isMovable: () => true,
    isReachable: () => true,
    others,
    ...rest,
  };
}

Deno.test("a cell above its size parts in halves that each have a good leader", () => {
  assert.equal(splitOf(layoutOf("alpha", 10), SIZE), undefined);
  const move = splitOf(layoutOf("alpha", 11), SIZE);
  assert.deepEqual(move, { cellId: "alpha-4", members: ["n01", "n03", "n05", "n07", "n09"] });
});

Deno.test("a name that a cell has is given to no second one", () => {
  const taken = [{ cellId: "alpha-4", size: 5 }];
  assert.equal(splitOf(layoutOf("alpha", 11, taken), SIZE)?.cellId, "alpha-4.2");
});

Deno.test("a long name leaves room for the mark of where it split off", () => {
  const layout = layoutOf("x".repeat(64), 11, [], { term: 123 });
  assert.equal(splitOf(layout, SIZE)?.cellId, `${"x".repeat(60)}-123`);
});

Deno.test("only members that let themselves be moved are, and never too few for a cell", () => {
  const stubborn = (...stay: string[]) => (nodeId: string) => !stay.includes(nodeId);
  const fixed = layoutOf("alpha", 11, [], { isMovable: stubborn("n01", "n03") });
  assert.deepEqual(splitOf(fixed, SIZE)?.members, ["n05", "n07", "n08", "n09", "n10"]);
  const alone = layoutOf("alpha", 11, [], { isMovable: (nodeId) => nodeId > "n08" });
  assert.equal(splitOf(alone, SIZE), undefined);
  const others = [{ cellId: "beta", size: 5 }];
  const small = layoutOf("alpha", 2, others, { isMovable: stubborn("n01") });
  assert.equal(mergeOf(small, SIZE), undefined);
});

Deno.test("whoever cannot be told is not counted on to move", () => {
  const isReachable = (nodeId: string) => nodeId !== "n01";
  const split = splitOf(layoutOf("alpha", 11, [], { isReachable }), SIZE);
  assert.deepEqual(split?.members, ["n03", "n05", "n07", "n09", "n10"]);
  const others = [{ cellId: "b", size: 9 }];
  const merge = mergeOf(layoutOf("a", 2, others, { isReachable }), SIZE);
  assert.deepEqual(merge?.members, ["n00"]);
});

Deno.test("a cell below its size moves into the smallest other that has room", () => {
  const others = [{ cellId: "c", size: 9 }, { cellId: "d", size: 5 }, { cellId: "b", size: 5 }];
  const move = { cellId: "b", members: names(2) };
  assert.deepEqual(mergeOf(layoutOf("a", 2, others), SIZE), move);
  assert.equal(mergeOf(layoutOf("a", 3, others), SIZE), undefined);
  assert.equal(mergeOf(layoutOf("a", 2, [{ cellId: "c", size: 9 }]), SIZE), undefined);
});

Deno.test("a cell that is too small and fits nowhere is given what it lacks, by the largest", () => {
  const small = { cellId: "s", size: 1 };
  const given = { cellId: "s", members: ["n08", "n09"] };
  assert.deepEqual(gapOf(layoutOf("a", 10, [small, { cellId: "b", size: 10 }]), SIZE), given);
  assert.equal(gapOf(layoutOf("c", 10, [small, { cellId: "b", size: 10 }]), SIZE), undefined);
  // It would go there by itself.
  assert.equal(gapOf(layoutOf("a", 10, [small, { cellId: "b", size: 9 }]), SIZE), undefined);
});

Deno.test("no two cells ever move into each other", () => {
  const size = fc.integer({ min: 1, max: 4 });
  const id = fc.constantFrom("a", "b");
  fc.assert(fc.property(size, size, id, (left, right, first) => {
    const second = first === "a" ? "b" : "a";
    const goes = mergeOf(layoutOf(first, left, [{ cellId: second, size: right }]), SIZE);
    const comes = mergeOf(layoutOf(second, right, [{ cellId: first, size: left }]), SIZE);
    assert.ok(goes === undefined || comes === undefined);
    if (left < 3 && right < 3) assert.ok(goes !== undefined || comes !== undefined);
  }));
});

Deno.test("whatever the cells and their limits, somebody acts until all are within them, and then nobody", () => {
  const limits = fc.integer({ min: 1, max: 5 }).chain((least) =>
    fc.integer({ min: 2 * least - 1, max: 12 }).map((most) => ({ least, most }))
  );
  const cells = fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 5 });
  fc.assert(fc.property(limits, cells, (size, counts) => {
    assert.ok(isPossible(size));
    let next = 0;
    const world = new Map(
      counts.map((
        count,
        index,
      ) => [`c${index}`, Array.from({ length: count }, () => `n${next++}`)]),
    );
    if (next < size.least) return;
    for (let term = 1; term < 200; term++) {
      const views = [...world].map(([cellId, ranked]): Layout => ({
        cellId,
        term,
        ranked,
        isMovable: () => true,
        isReachable: () => true,
        others: [...world].filter(([id]) => id !== cellId)
          .map(([id, members]) => ({ cellId: id, size: members.length })),
      }));
      const moves = views.flatMap((view) => {
        const move = splitOf(view, size) ?? mergeOf(view, size) ?? gapOf(view, size);
        return move === undefined ? [] : [{ from: view.cellId, ...move }];
      });
      if (moves.length === 0) break;
      // They decide one after another, or at the same time.
      for (const { from, cellId, members } of term % 2 === 0 ? moves : moves.slice(0, 1)) {
        const left = world.get(from)!.filter((nodeId) => !members.includes(nodeId));
        if (left.length === 0) world.delete(from);
        else world.set(from, left);
        world.set(cellId, [...(world.get(cellId) ?? []), ...members].sort());
      }
    }
    const sizes = [...world.values()].map(({ length }) => length);
    assert.ok(sizes.every((its) => its >= size.least && its <= size.most), `${sizes}`);
  }));
});

Deno.test("whoever went and is back, since the others did not come, is not sent again", () => {
  const rebalancer = new Rebalancer(SIZE, 1_000);
  const members = names(SIZE.most + 2);
  const review = (now: number, ranked: readonly string[]) =>
    rebalancer.review(now, () => layoutOf("alpha", 0, [], { ranked }), true)?.members;
  review(0, members);
  const [first, ...others] = review(1_000, members)!;
  assert.deepEqual(review(2_000, members.filter((name) => name !== first)), others);
  assert.deepEqual(review(3_000, members), others);
});
