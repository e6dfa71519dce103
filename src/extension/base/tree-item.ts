import * as vscode from 'vscode';
import { displayedRow } from './display.ts';
import type { Row } from './row.ts';

/** A row as VS Code wants it. `node` is handed to the row's command. */
export function treeItemOf(given: Row, node: unknown): vscode.TreeItem {
  const row = displayedRow(given);
  const item = new vscode.TreeItem(row.label, STATES[row.state]);
  item.id = row.id;
  item.contextValue = row.contextValue;
  if (row.description !== undefined) item.description = row.description;
  if (row.icon !== undefined) {
    const color = row.icon.color === undefined ? undefined : new vscode.ThemeColor(row.icon.color);
    item.iconPath = new vscode.ThemeIcon(row.icon.id, color);
  }
  if (row.accessibility !== undefined) {
    item.accessibilityInformation = { label: row.accessibility, role: 'treeitem' };
  }
  if (row.resource !== undefined) {
    item.resourceUri = vscode.Uri.parse(row.resource);
    item.iconPath = vscode.ThemeIcon.File;
  }
  if (row.tooltip !== undefined) item.tooltip = row.tooltip;
  if (row.command !== undefined) {
    const { id: command, title } = row.command;
    const argument = 'argument' in row.command ? row.command.argument : node;
    item.command = { command, title, arguments: [argument] };
  }
  return item;
}

const STATES: Readonly<Record<Row['state'], vscode.TreeItemCollapsibleState>> = {
  leaf: vscode.TreeItemCollapsibleState.None,
  collapsed: vscode.TreeItemCollapsibleState.Collapsed,
  expanded: vscode.TreeItemCollapsibleState.Expanded,
};
