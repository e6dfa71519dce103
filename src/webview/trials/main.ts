import type { FromPage, ToPage } from './messages.ts';
import { TrialPage, type PageState } from './page.ts';

/** What the editor gives to pages. */
interface EditorApi {
  postMessage(message: FromPage): void;
  getState(): unknown;
  setState(state: KeptState): void;
}
declare function acquireVsCodeApi(): EditorApi;

/** What outlives the page: hidden tabs and reloads of the window begin with it. */
interface KeptState {
  /** For the extension, which knows what it means. */
  readonly draft: unknown;
  readonly page: PageState;
}

const api = acquireVsCodeApi();
const root = document.getElementById('page');
if (root !== null) start(root);

function start(place: HTMLElement): void {
  const before = api.getState() as KeptState | undefined;
  let draft = before?.draft;
  const page = new TrialPage(place, {
    post: (message) => api.postMessage(message),
    keep: (state) => api.setState({ draft, page: state }),
    state: before?.page ?? null,
  });
  // The editor itself is the only one who can send messages here.
  window.addEventListener('message', ({ data }: MessageEvent<ToPage>) => {
    if (data.type === 'view') {
      draft = data.keep;
      page.show(data.view);
      api.setState({ draft, page: page.state });
    } else if (data.type === 'problem') page.showProblem(data.text);
    else page.setBusy(data.text);
  });
  api.postMessage({ type: 'ready' });
}
