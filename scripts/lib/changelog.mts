/**
 * The section of `version` in a changelog (`## [1.2.0] - 2026-11-30`), without its heading.
 * Throws an error when there is none, or when it is empty.
 */
export function changelogSection(changelog: string, version: string): string {
  const lines = changelog.split('\n');
  const heading = `## [${version}]`;
  const start = lines.findIndex((line) => line === heading || line.startsWith(`${heading} `));
  if (start === -1) throw new Error(`CHANGELOG.md has no section "${heading}".`);
  const length = lines.slice(start + 1).findIndex((line) => /^## |^\[[^\]]+\]: /.test(line));
  const end = length === -1 ? lines.length : start + 1 + length;
  const section = lines
    .slice(start + 1, end)
    .join('\n')
    .trim();
  if (section === '') throw new Error(`The section "${heading}" of CHANGELOG.md is empty.`);
  return `${section}\n`;
}

/**
 * What is said with the release of the tag `tag`: the changelog's section of its version.
 * Throws an error unless the tag is that of `version`.
 */
export function releaseNotes(tag: string, version: string, changelog: string): string {
  if (tag !== `v${version}`) {
    throw new Error(`The tag ${tag} is not that of package.json: v${version}.`);
  }
  return changelogSection(changelog, version);
}
