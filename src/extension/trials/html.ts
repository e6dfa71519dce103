import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** Directories that the page may load from. */
export function pageRoots(extensionUri: vscode.Uri): readonly vscode.Uri[] {
  return ['dist', 'media'].map((name) => vscode.Uri.joinPath(extensionUri, name));
}

/** The page of a trial table: its own script and style, nothing else, nothing from elsewhere. */
export function trialPage(webview: vscode.Webview, extensionUri: vscode.Uri): string {
  const nonce = randomBytes(16).toString('base64');
  const script = webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', 'trials.js'));
  const style = webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'media', 'trials.css'));
  const policy = `default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="UTF-8">
  <meta http-equiv="Content-Security-Policy" content="${policy}">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <link rel="stylesheet" href="${style.toString()}">
  <title>Trials</title>
</head>
<body>
  <main id="page"></main>
  <script nonce="${nonce}" src="${script.toString()}"></script>
</body>
</html>`;
}
