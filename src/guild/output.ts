/**
 * Name of the output of a Guild run, below `.guild` (guild-format.md 6.2). Its index is beside it, in
 * the format of ours: time and stream of each line.
 */
export const GUILD_OUTPUT = 'output';
