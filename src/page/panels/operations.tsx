import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { DeploymentStatus, OperationStatus } from "../../model/control/flow-state.ts";
import { command, hasToken } from "../requests.ts";
import { formatTime } from "../view/format.ts";

const SHOWN = 5;

interface OperationsOptions {
  readonly operations: readonly OperationStatus[];
  readonly deployments: readonly DeploymentStatus[];
}

/** The operations, the newest first, and the form that scales an executor. */
export function Operations({ operations, deployments }: OperationsOptions): VNode {
  return (
    <section class="panel" aria-label="Operations">
      <h2>Operations</h2>
      {operations.length === 0 ? <p class="hint">No operation has run yet.</p> : null}
      <ul class="operations" aria-live="polite">
        {operations
          .slice(-SHOWN)
          .toReversed()
          .map(({ id, kind, deployments: names, state, startedAt, steps }) => (
            <li key={id} class={`operation ${state}`}>
              <b>{`${kind} ${names.join(" ")}`}</b> {state} <time>{formatTime(startedAt)}</time>
              <div class="hint">{steps.at(-1)}</div>
            </li>
          ))}
      </ul>
      {hasToken() ? <ScaleForm deployments={deployments} /> : null}
    </section>
  );
}

function ScaleForm({ deployments }: { deployments: readonly DeploymentStatus[] }): VNode {
  const names = deployments.filter(({ kind }) => kind === "executor").map(({ name }) => name);
  const [name, setName] = useState(names[0] ?? "");
  const [replicas, setReplicas] = useState(1);
  const [answer, setAnswer] = useState("");
  const scale = async (event: Event): Promise<void> => {
    event.preventDefault();
    const reply = await command({ ask: "scale", replicas: { [name]: replicas } });
    setAnswer(reply.ok ? "The operation has begun." : reply.reason);
  };
  return (
    <form onSubmit={(event) => void scale(event)}>
      <label>
        Scale{" "}
        <select value={name} onChange={(event) => setName(event.currentTarget.value)}>
          {names.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </label>{" "}
      <label>
        to{" "}
        <input
          type="number"
          min="1"
          max="64"
          value={replicas}
          onInput={(event) => setReplicas(event.currentTarget.valueAsNumber)}
        />{" "}
        replicas
      </label>{" "}
      <button type="submit" class="action">
        Scale
      </button>{" "}
      <span role="status">{answer}</span>
    </form>
  );
}
