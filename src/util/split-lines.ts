import { StringDecoder } from "node:string_decoder";

/** Cuts a stream of bytes into lines. */
export interface LineSplitter {
  /** The lines that this chunk completes, without their ends. */
  push(chunk: Uint8Array): readonly string[];
  /** What is left when the stream ends, if anything. */
  end(): readonly string[];
}

/**
 * A line longer than `longest` characters is cut into several, so that memory stays bounded
 * whatever a process writes.
 */
export function splitLines(longest: number): LineSplitter {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const take = (text: string): readonly string[] => {
    const pieces = (rest + text).split("\n");
    rest = pieces.pop()!;
    const lines = pieces.flatMap((piece) =>
      cut(piece.endsWith("\r") ? piece.slice(0, -1) : piece, longest),
    );
    const tooLong = rest.length > longest ? cut(rest, longest) : [];
    if (tooLong.length === 0) return lines;
    rest = tooLong.pop()!;
    return [...lines, ...tooLong];
  };
  return {
    push: (chunk) =>
      take(decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))),
    end() {
      const lines = take(decoder.end());
      const last = rest;
      rest = "";
      return last === "" ? lines : [...lines, last];
    },
  };
}

function cut(line: string, longest: number): string[] {
  if (line.length <= longest) return [line];
  return Array.from({ length: Math.ceil(line.length / longest) }, (_, index) =>
    line.slice(index * longest, (index + 1) * longest),
  );
}
