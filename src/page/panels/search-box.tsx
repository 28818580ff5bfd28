import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { PageMatch } from "../../model/control/page.ts";
import { search, type Reply } from "../requests.ts";

const LIMIT = 10;
const SCORE_DIGITS = 4;

type Found = { readonly text: string; readonly reply: Reply<readonly PageMatch[]> };

/** Searches the running flow and shows the ranked matches. */
export function SearchBox({ endpoints }: { endpoints: readonly string[] }): VNode {
  const [text, setText] = useState("");
  const [endpoint, setEndpoint] = useState(endpoints[0] ?? "/search");
  const [found, setFound] = useState<Found | "asking">();
  const ask = async (event: Event): Promise<void> => {
    event.preventDefault();
    setFound("asking");
    setFound({ text, reply: await search(endpoint, text, LIMIT) });
  };
  return (
    <section class="panel" aria-label="Search">
      <h2>Search</h2>
      <form role="search" onSubmit={(event) => void ask(event)}>
        <input
          type="search"
          aria-label="Text to search for"
          value={text}
          required
          onInput={(event) => setText(event.currentTarget.value)}
        />{" "}
        {endpoints.length > 1 ? (
          <select
            aria-label="Endpoint"
            value={endpoint}
            onChange={(event) => setEndpoint(event.currentTarget.value)}
          >
            {endpoints.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        ) : null}{" "}
        <button type="submit" class="action">
          Search
        </button>
      </form>
      <div aria-live="polite">
        {found === undefined ? null : found === "asking" ? (
          <p class="hint">…</p>
        ) : (
          <Results {...found} />
        )}
      </div>
    </section>
  );
}

function Results({ text, reply }: Found): VNode {
  if (!reply.ok) return <p role="alert">{reply.reason}</p>;
  if (reply.value.length === 0) return <p class="hint">{`No results for “${text}”.`}</p>;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Rank</th>
          <th scope="col">Score</th>
          <th scope="col">Id</th>
          <th scope="col">Text</th>
        </tr>
      </thead>
      <tbody>
        {reply.value.map(({ id, text: found, score }, i) => (
          <tr key={id}>
            <td>{i + 1}</td>
            <td>{score === null ? "–" : score.toFixed(SCORE_DIGITS)}</td>
            <td>{id}</td>
            <td>{found}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
