/** Every command of the extension. A test compares this list with `package.json` both ways. */
export const COMMAND_IDS = [
  'runyard.runOperation',
  'runyard.stageOperation',
  'runyard.openOperation',
  'runyard.openGageFile',
  'runyard.createGageFile',
  'runyard.stage',
  'runyard.start',
  'runyard.stop',
  'runyard.finalize',
  'runyard.recover',
  'runyard.showOutput',
  'runyard.openWholeOutput',
  'runyard.openRunDirectory',
  'runyard.openRunDirectoryInNewWindow',
  'runyard.openRunDirectoryInTerminal',
  'runyard.revealInFileExplorer',
  'runyard.openFile',
  'runyard.openMetaFile',
  'runyard.compareWithWorkspace',
  'runyard.setLabel',
  'runyard.copyId',
  'runyard.copyName',
  'runyard.copyPath',
  'runyard.delete',
  'runyard.restore',
  'runyard.purge',
  'runyard.filterRuns',
  'runyard.clearFilter',
  'runyard.groupByNone',
  'runyard.groupByOperation',
  'runyard.groupByStatus',
  'runyard.groupByDay',
  'runyard.showMore',
  'runyard.showActiveRuns',
  'runyard.refresh',
  'runyard.showLog',
] as const;

export type CommandId = (typeof COMMAND_IDS)[number];

/** What a command does. Its arguments come from menus, key bindings and other extensions. */
export type CommandHandler = (...args: readonly unknown[]) => unknown;
export type CommandHandlers = Readonly<Record<CommandId, CommandHandler>>;
