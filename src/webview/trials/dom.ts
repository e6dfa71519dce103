/** Attributes of an element; false and undefined leave one out. */
type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Makes an element. Texts become text nodes: nothing is ever parsed as HTML. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  setAttributes(made, attributes);
  made.append(...children);
  return made;
}

/** A button that does something. */
export function button(
  text: string,
  onClick: () => void,
  attributes: Attributes = {},
): HTMLButtonElement {
  const made = element('button', { type: 'button', ...attributes }, text);
  made.addEventListener('click', onClick);
  return made;
}

export function setAttributes(target: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) target.removeAttribute(name);
    else target.setAttribute(name, value === true ? '' : String(value));
  }
}

/** Shows an element, or takes it away from everybody. */
export function show(target: HTMLElement, isShown: boolean): void {
  target.hidden = !isShown;
}

/** Sets a text, which then is spoken only when it has changed. */
export function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** Sets the text of a box unless a person is typing in it. */
export function setValue(box: HTMLInputElement | HTMLSelectElement, value: string): void {
  if (box === document.activeElement || box.value === value) return;
  box.value = value;
}

/** A list of lines, empty when there are none. */
export function setLines(target: HTMLElement, lines: readonly string[]): void {
  target.replaceChildren(...lines.map((line) => element('p', {}, line)));
  show(target, lines.length > 0);
}
