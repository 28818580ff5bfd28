import { dirname } from "node:path";
import { listImports, type SourceTree } from "./source-tree.ts";

/** A folder and the number of its files. */
export interface FolderSize {
  readonly folder: string;
  readonly files: number;
}

/** The imports between folders. A folder and its parent are two folders. */
function linkFolders(tree: SourceTree): ReadonlyMap<string, ReadonlySet<string>> {
  const links = new Map<string, Set<string>>();
  for (const path of tree.keys()) links.set(dirname(path), new Set());
  for (const { from, to } of listImports(tree)) {
    if (dirname(from) !== dirname(to)) links.get(dirname(from))!.add(dirname(to));
  }
  return links;
}

/** The folders that imports lead to from `start`, through any number of other folders. */
function reach(links: ReadonlyMap<string, ReadonlySet<string>>, start: string): Set<string> {
  const reached = new Set<string>();
  const open = [start];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    for (const next of links.get(folder) ?? []) {
      if (reached.has(next)) continue;
      reached.add(next);
      open.push(next);
    }
  }
  return reached;
}

/** Groups of folders that import each other, directly or through other folders of the group. */
export function findFolderCircles(tree: SourceTree): readonly (readonly string[])[] {
  const links = linkFolders(tree);
  const reached = new Map([...links.keys()].map((folder) => [folder, reach(links, folder)]));
  const circles = [...links.keys()]
    .filter((folder) => reached.get(folder)!.has(folder))
    .map((folder) =>
      [...links.keys()]
        .filter((other) => reached.get(folder)!.has(other) && reached.get(other)?.has(folder))
        .toSorted(),
    );
  return [...new Map(circles.map((circle) => [circle.join(), circle])).values()];
}

/** Folders that hold more than `max` files, without those of their subfolders. */
export function findCrowdedFolders(tree: SourceTree, max: number): readonly FolderSize[] {
  const counts = new Map<string, number>();
  for (const path of tree.keys()) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  return [...counts]
    .filter(([, files]) => files > max)
    .map(([folder, files]) => ({ folder, files }));
}

/** Files with more than `max` lines. */
export function findLongFiles(tree: SourceTree, max: number): readonly string[] {
  return [...tree]
    .filter(([, text]) => text.trimEnd().split("\n").length > max)
    .map(([path]) => path);
}
