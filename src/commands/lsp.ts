/**
 * `gonogo lsp`: a language server over standard input and output, which editors start.
 *
 * Invariants:
 * - Standard output carries the protocol and nothing else. Nothing of a document is run, nothing is written.
 * - A request that cannot be answered is answered with an error; no document, however broken, ends the server.
 */
import { stdin, stdout } from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  CompletionItemKind,
  type Connection,
  createConnection,
  DiagnosticSeverity,
  ErrorCodes,
  type InitializeResult,
  type Diagnostic as LspDiagnostic,
  type Position,
  ResponseError,
  type TextDocumentPositionParams,
  TextDocumentSyncKind,
  TextDocuments,
  type TextEdit,
  type WatchDog,
} from 'vscode-languageserver';
import { createProtocolConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { createEditor, type Editor } from '../app/editor.ts';
import { version } from '../app/version.ts';
import type { Diagnostic, Span } from '../diagnostics/diagnostic.ts';
import type { Completion } from '../editor/complete.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { type Io, UsageError } from './command.ts';

/** How long nobody has typed before the problems are looked for. */
const pauseMs = 150;

/** Serves until the editor ends it or goes away; resolves with 0 after a `shutdown`, else with 1. */
export function lsp(io: Io): Promise<number> {
  if (io.terminal) throw new UsageError('lsp is started by an editor: it speaks over standard input and output');
  return new Promise((ended) => {
    const watchDog: WatchDog = {
      shutdownReceived: false,
      initialize: () => {},
      exit: (code) => ended(code === 0 ? exitCodes.done : exitCodes.failed),
    };
    const connection = createConnection(
      (logger) => createProtocolConnection(new StreamMessageReader(stdin), new StreamMessageWriter(stdout), logger),
      watchDog,
    );
    const gone = (): void => watchDog.exit(watchDog.shutdownReceived ? 0 : 1);
    stdin.on('end', gone);
    stdin.on('close', gone);
    new Server(connection, createEditor()).listen();
  });
}

const capabilities: InitializeResult = {
  capabilities: {
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
    completionProvider: { triggerCharacters: ['.', '$', '{', ' '] },
    hoverProvider: true,
    definitionProvider: true,
    renameProvider: { prepareProvider: true },
    documentFormattingProvider: true,
  },
  serverInfo: { name: 'gonogo', version },
};

class Server {
  readonly #connection: Connection;
  readonly #editor: Editor;
  readonly #documents = new TextDocuments(TextDocument);
  readonly #waiting = new Map<string, NodeJS.Timeout>();
  /** By the document that was checked: the problems in it and in what it includes. */
  readonly #found = new Map<string, readonly Diagnostic[]>();

  constructor(connection: Connection, editor: Editor) {
    this.#connection = connection;
    this.#editor = editor;
  }

  listen(): void {
    const connection = this.#connection;
    connection.onInitialize(() => capabilities);
    this.#documents.onDidOpen(({ document }) => this.#check(document.uri, true));
    this.#documents.onDidSave(({ document }) => this.#check(document.uri, true));
    this.#documents.onDidChangeContent(({ document }) => {
      this.#editor.open(pathOf(document.uri), document.getText());
      clearTimeout(this.#waiting.get(document.uri));
      this.#waiting.set(
        document.uri,
        setTimeout(() => this.#check(document.uri, false), pauseMs),
      );
    });
    this.#documents.onDidClose(({ document }) => this.#close(document.uri));
    connection.onCompletion((at) => this.#completions(at));
    connection.onHover((at) => {
      const found = this.#editor.hover(...this.#place(at));
      if (found === null) return null;
      return {
        contents: { kind: 'markdown', value: found.markdown },
        range: this.#range(pathOf(uriOf(at)), found.span),
      };
    });
    connection.onDefinition((at) => {
      const target = this.#editor.definition(...this.#place(at));
      if (target === null) return null;
      return { uri: pathToFileURL(target.path).href, range: this.#range(target.path, target.span) };
    });
    connection.onPrepareRename((at) => {
      const found = this.#editor.renamable(...this.#place(at));
      if (typeof found === 'string') throw refused(found);
      return { range: this.#range(pathOf(uriOf(at)), found.span), placeholder: found.name };
    });
    connection.onRenameRequest((asked) => this.#rename(asked, asked.newName));
    connection.onDocumentFormatting(({ textDocument }) => this.#format(textDocument.uri));
    this.#documents.listen(connection);
    connection.listen();
  }

  #completions(at: TextDocumentPositionParams) {
    const [path, offset] = this.#place(at);
    const text = this.#editor.text(path) ?? '';
    let start = offset;
    while (/\w/.test(text[start - 1] ?? '')) start -= 1;
    const range = this.#range(path, { start, end: offset });
    return this.#editor.complete(path, offset).map((one, index) => ({
      label: one.name,
      kind: itemKinds[one.kind],
      documentation: one.about,
      sortText: String(index).padStart(4, '0'),
      filterText: one.name,
      textEdit: { range, newText: one.insert },
    }));
  }

  #rename(at: TextDocumentPositionParams, name: string) {
    const renamed = this.#editor.rename(...this.#place(at), name);
    if (!renamed.ok) throw refused(renamed.message);
    const changes: Record<string, TextEdit[]> = {};
    for (const { path, span, text } of renamed.edits) {
      const uri = pathToFileURL(path).href;
      changes[uri] = [...(changes[uri] ?? []), { range: this.#range(path, span), newText: text }];
    }
    return { changes };
  }

  #format(uri: string): TextEdit[] {
    const path = pathOf(uri);
    const formatted = this.#editor.format(path);
    if (!formatted.ok) throw refused(formatted.message);
    const text = this.#editor.text(path) ?? '';
    if (text === formatted.text) return [];
    return [{ range: this.#range(path, { start: 0, end: text.length }), newText: formatted.text }];
  }

  #check(uri: string, scripts: boolean): void {
    clearTimeout(this.#waiting.get(uri));
    const document = this.#documents.get(uri);
    if (document === undefined) return;
    const path = pathOf(uri);
    this.#editor.open(path, document.getText());
    try {
      this.#tell(path, this.#editor.diagnose(path, scripts));
    } catch (error) {
      // A wrong .gonogo.yaml is nobody's typing here.
      this.#connection.console.error(error instanceof Error ? error.message : String(error));
    }
  }

  #close(uri: string): void {
    clearTimeout(this.#waiting.get(uri));
    this.#waiting.delete(uri);
    this.#editor.close(pathOf(uri));
    this.#tell(pathOf(uri), []);
    this.#found.delete(pathOf(uri));
  }

  /** Publishes what was found from `main`, in every file that it found or had found something in. */
  #tell(main: string, diagnostics: readonly Diagnostic[]): void {
    const before = (this.#found.get(main) ?? []).map(({ file }) => file);
    this.#found.set(main, diagnostics);
    for (const path of new Set([main, ...before, ...diagnostics.map(({ file }) => file)])) {
      const all = [...this.#found.values()].flat().filter(({ file }) => file === path);
      const once = new Map(all.map((one) => [JSON.stringify(one), one]));
      const uri = this.#documents.keys().find((open) => pathOf(open) === path) ?? pathToFileURL(path).href;
      void this.#connection.sendDiagnostics({ uri, diagnostics: [...once.values()].map((one) => this.#worded(one)) });
    }
  }

  #worded({ file, line, column, width, severity, code, message, hint }: Diagnostic): LspDiagnostic {
    // Columns are characters; the protocol counts UTF-16 units.
    const text = (this.#editor.text(file) ?? '').split(/\r\n|\n|\r/)[line - 1] ?? '';
    const characters = [...text];
    const unitsBefore = (count: number): number => characters.slice(0, count).join('').length;
    return {
      range: {
        start: { line: line - 1, character: unitsBefore(column - 1) },
        end: { line: line - 1, character: unitsBefore(column - 1 + width) },
      },
      severity: severities[severity],
      code,
      source: 'gonogo',
      message: hint === '' ? message : `${message}\n${hint}`,
    };
  }

  /** Path and offset of a position. */
  #place(at: TextDocumentPositionParams): [path: string, offset: number] {
    const document = this.#documents.get(uriOf(at));
    if (document === undefined) throw refused('the document is not open');
    return [pathOf(document.uri), document.offsetAt(at.position)];
  }

  #range(path: string, { start, end }: Span): { start: Position; end: Position } {
    const document = TextDocument.create('', 'yaml', 0, this.#editor.text(path) ?? '');
    return { start: document.positionAt(start), end: document.positionAt(end) };
  }
}

const severities = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  note: DiagnosticSeverity.Information,
} as const;

const itemKinds: Readonly<Record<Completion['kind'], CompletionItemKind>> = {
  key: CompletionItemKind.Property,
  value: CompletionItemKind.EnumMember,
  step: CompletionItemKind.Reference,
  variable: CompletionItemKind.Variable,
  field: CompletionItemKind.Field,
  function: CompletionItemKind.Function,
};

function uriOf({ textDocument }: TextDocumentPositionParams): string {
  return textDocument.uri;
}

/** The path of a document; of one that is no file, a name that no file has, in the present folder. */
function pathOf(uri: string): string {
  try {
    if (uri.startsWith('file:')) return fileURLToPath(uri);
  } catch {
    // A host or a slash in it: no file of this machine.
  }
  return `${process.cwd()}/${encodeURIComponent(uri)}`;
}

function refused(message: string): ResponseError<void> {
  return new ResponseError(ErrorCodes.InvalidRequest, message);
}
