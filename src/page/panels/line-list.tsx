import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { compileLineFilter, type FilteredLine } from "../view/line-filter.ts";

/** A line with its time, if it has one, and a key that no other line has. */
export interface ListedLine extends FilteredLine {
  readonly key: number;
  readonly time?: string;
  readonly isError?: boolean;
}

interface LineListOptions {
  readonly title: string;
  readonly lines: readonly ListedLine[];
  readonly empty: string;
}

/** Lines with the newest at the top, filtered by address and pattern, as `jflow logs` does. */
export function LineList({ title, lines, empty }: LineListOptions): VNode {
  const [addresses, setAddresses] = useState("");
  const [grep, setGrep] = useState("");
  const test = compileLineFilter({ addresses, grep });
  const shown = test.ok ? lines.filter(test.accepts) : [];
  return (
    <section class="panel" aria-label={title}>
      <h2>{title}</h2>
      <div class="filters">
        <label>
          Address{" "}
          <input
            value={addresses}
            placeholder="indexer/1 encoder"
            onInput={(event) => setAddresses(event.currentTarget.value)}
          />
        </label>
        <label>
          Pattern{" "}
          <input
            value={grep}
            placeholder="error|warn"
            aria-invalid={!test.ok}
            onInput={(event) => setGrep(event.currentTarget.value)}
          />
        </label>
      </div>
      {test.ok ? null : <p role="alert">{test.reason}</p>}
      <div class="lines" role="log" aria-label={title} tabIndex={0}>
        {shown.length === 0 ? (
          <p class="hint">{lines.length === 0 ? empty : "No line fits."}</p>
        ) : null}
        {shown.toReversed().map(({ key, time, address, text, isError }) => (
          <div key={key} class={isError === true ? "line error" : "line"}>
            {time === undefined ? null : <time>{time}</time>} <b>{address}</b> {text}
          </div>
        ))}
      </div>
    </section>
  );
}
