import { render } from "preact";
import { Page } from "./page.tsx";
import { takeToken } from "./requests.ts";

takeToken();
render(<Page />, document.body);
