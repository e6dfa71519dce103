/**
 * The rooms of `src/`, read by `npm run lint` with dependency-cruiser: who may import whom.
 * docs/development.md says what each room holds. A room sees itself and the rooms named here; a
 * name without a slash (`core`) means every room in it.
 */
const beside = {
  // The life of a run, from the top down.
  'core/life': 'store status phase meta output run origin sourcecode process data base',
  'core/store': 'status meta run base',
  'core/status': 'meta run process data base',
  'core/phase': 'meta output run process data base',
  'core/meta': 'run sourcecode process data base',
  'core/output': 'run process data base',
  'core/launch': 'run base',
  'core/run': 'origin process data base',
  'core/origin': 'base',
  'core/sourcecode': 'data base',
  'core/process': 'base',
  'core/data': 'base',
  'core/base': '',

  'opdef/syntax/toml': 'syntax',
  'opdef/syntax/yaml': 'syntax',
  'opdef/syntax/json': 'syntax',
  'opdef/syntax': '',
  opdef: 'syntax syntax/toml syntax/yaml syntax/json',
  'opdef/cursor': 'opdef syntax syntax/toml',

  where: '',
  depends: '',
  'config/formats': '',
  config: 'formats',
  operation: '',

  'language/checks': 'navigation new places',
  'language/completion': 'new places',
  'language/fixes': 'checks places',
  'language/hover': 'navigation places',
  'language/navigation': 'completion places',
  'language/new': '',
  'language/places': '',

  'batch/record': '',
  'batch/table': 'record',
  'batch/trial': 'record table',
  'batch/search': 'record trial',
  batch: 'record table trial search',

  queue: '',
  guild: '',
  supervisor: '',

  'cli/base': '',
  'cli/follow': 'base',
  'cli/commands': 'base follow',
  cli: 'base commands',

  'webview/trials': '',

  'extension/base': '',
  'extension/stores': 'base',
  'extension/run': 'base stores',
  'extension/processes': 'base stores',
  'extension/output': 'base stores run',
  'extension/files': 'base stores run output',
  'extension/guild': 'base stores run processes',
  'extension/runs/model': 'base run',
  'extension/runs/details': 'run runs/model',
  'extension/runs/rows': 'base run runs/model runs/details',
  'extension/runs/view': 'base stores run processes output guild runs/model runs/details runs/rows',
  'extension/operations': 'base stores run processes output runs/view',
  'extension/batches': 'base stores run processes runs/rows runs/view',
  'extension/queue': 'base stores run processes runs/view',
  'extension/trials': 'base operations',
  'extension/notices': 'base stores run processes output runs/rows',
  'extension/language': 'base stores run runs/view operations',
};

/** What the rooms of a folder may import outside it. */
const outside = {
  core: '',
  opdef: 'core',
  where: 'core',
  depends: 'core where',
  config: 'core opdef',
  operation: 'core opdef config depends',
  language: 'core opdef config depends where',
  batch: 'core opdef config operation',
  queue: 'core',
  guild: 'core',
  supervisor: 'core config depends batch queue',
  cli: 'core opdef config depends operation language where batch queue',
  webview: '',
  extension: 'core opdef config depends operation language where batch queue guild webview',
};

const words = (text) => text.split(' ').filter(Boolean);
const rooms = Object.keys(beside);
const folderOf = (room) => room.split('/')[0];

/** `core/run` for `run` beside `core/life`; a folder's own name means its entry files. */
function siblings(room) {
  const folder = folderOf(room);
  return words(beside[room]).map((name) => (name === folder ? folder : `${folder}/${name}`));
}

/** The files of a room: those that lie in its folder, not those in the folders below it. */
const filesOf = (names) => `^src/(${names.join('|')})/[^/]+$`;

/** The entry of the extension and of the command may import every room of their folder. */
const roots = ['extension', 'cli'];

const arrows = [...rooms, 'extension'].map((room) => {
  const folder = folderOf(room);
  const inside = roots.includes(room)
    ? rooms.filter((other) => folderOf(other) === folder)
    : siblings(room);
  const others = words(outside[folder]);
  const allowed = [room, ...inside, ...rooms.filter((other) => others.includes(folderOf(other)))];
  const told = [...inside, ...others].map((name) => `src/${name}`);
  return {
    name: `room-${room.replaceAll('/', '-')}`,
    comment:
      told.length === 0
        ? `src/${room} may import nothing of ours outside it.`
        : `src/${room} may import only ${told.join(', ')}.`,
    severity: 'error',
    from: { path: filesOf([room]) },
    to: { path: '^(src|test|scripts|bench)/', pathNot: filesOf(allowed) },
  };
});

/** Files that lie in no room. */
const astray = { path: '^src/', pathNot: filesOf([...rooms, 'extension']) };
const noRoom = 'This folder is no room yet: say in .dependency-cruiser.mjs what it may import.';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...arrows,
    {
      name: 'no-circle',
      comment:
        'These files import each other in a circle, through types too. Move what both need to a lower room.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-circle-of-rooms',
      comment: 'These rooms import each other: the table above lets it happen, and must not.',
      severity: 'error',
      scope: 'folder',
      from: { path: '^src' },
      to: { circular: true },
    },
    {
      name: 'a-room-of-its-own',
      comment: noRoom,
      severity: 'error',
      from: astray,
      to: {},
    },
    {
      // The rule above sees a file by what it imports; this one sees those that have no imports.
      name: 'a-room-of-its-own-alone',
      comment: noRoom,
      severity: 'error',
      from: { ...astray, orphan: true },
      to: {},
    },
    {
      name: 'vscode-is-for-the-extension',
      comment: 'Only src/extension imports vscode.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/extension/' },
      to: { path: '^(vscode|node_modules/@types/vscode)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
