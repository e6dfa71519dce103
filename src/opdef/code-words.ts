/** Programs whose words may all be code, also for a shell elsewhere. */
const ALL_CODE = /^(?:eval|trap|alias|ssh|su|watch)$/;
/** Programs that run the word behind an option with a `c`. */
const RUN_C =
  /^(?:(?:ba|da|z|k|mk|a|c|tc|fi)?sh|python[\d.]*w?|pypy[\d.]*|cmd|pwsh|powershell)(?:\.exe)?$/i;
const OPTION_C = /^[-/](?:[a-z]*c[a-z]*|-command)$/i;
/** Programs that run the word behind an option for an expression. */
const RUN_E =
  /^(?:perl[\d.]*|ruby[\d.]*|node|nodejs|deno|bun|php[\d.]*|lua[\d.]*|Rscript|R|julia|octave|osascript)(?:\.exe)?$/;
const OPTION_E = /^-(?:[A-Za-z]*[eErp]|-eval|-print|-execute)$/;
/** What comes behind a script file are options of the script. */
const SCRIPT_FILE = /\.(?:py|[a-z]*sh|[cm]?[jt]s|pl|rb|r|jl|php|lua)$/i;
/** Programs that have their script in a word. */
const SCRIPT_WORD = /^(?:sed|[gmn]?awk|jq|find|make|ed|sqlite3|psql|mysql)$/;

/**
 * Whether a program reads a word of its command as code, so that nothing may be inserted into it
 * but plain names. Knows the usual programs.
 * @param before the words before it in its command.
 * @param start what the word begins with.
 * @returns the name of the program; null when the word is no code.
 */
export function runsCode(before: string, start: string): string | null {
  const words = before
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/["']/g, ''));
  const last = words.at(-1) ?? '';
  const attached = /^[^\s"']*(?=["'])/.exec(start)?.[0] ?? '';
  const hasFile = words.some((word) => SCRIPT_FILE.test(word));
  const follows = (option: RegExp): boolean =>
    !hasFile && (option.test(last) || option.test(attached));
  for (const word of words) {
    const name = word.replace(/^.*[/\\]/s, '');
    if (ALL_CODE.test(name)) return name;
    if (RUN_C.test(name) && follows(OPTION_C)) return name;
    if (RUN_E.test(name) && follows(OPTION_E)) return name;
    if (SCRIPT_WORD.test(name) && !/^["']?[\w./=-]*["']?$/.test(start)) return name;
  }
  return null;
}
