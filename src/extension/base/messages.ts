import * as vscode from 'vscode';
import { messageText } from './display.ts';

/** Shows a message with buttons. Resolves to the one that was pressed, undefined for none. */
interface ShowMessage {
  <T extends string>(text: string, ...buttons: T[]): Thenable<T | undefined>;
  <T extends string>(
    text: string,
    options: vscode.MessageOptions,
    ...buttons: T[]
  ): Thenable<T | undefined>;
}

export const showInformation = withText('showInformationMessage');
export const showWarning = withText('showWarningMessage');
export const showError = withText('showErrorMessage');

type Method = 'showInformationMessage' | 'showWarningMessage' | 'showErrorMessage';

function withText(method: Method): ShowMessage {
  return <T extends string>(
    text: string,
    first?: vscode.MessageOptions | T,
    ...others: T[]
  ): Thenable<T | undefined> => {
    const show: ShowMessage = vscode.window[method];
    if (first === undefined) return show<T>(messageText(text));
    if (typeof first === 'string') return show(messageText(text), first, ...others);
    const { detail } = first;
    const options = { ...first, ...(detail !== undefined && { detail: messageText(detail) }) };
    return show(messageText(text), options, ...others);
  };
}
