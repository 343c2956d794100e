/** As much of an npm registry on 127.0.0.1 as `npm publish`, `view`, `install`, `dist-tag`, `deprecate` and `whoami` speak; it keeps one package. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import * as z from 'zod';

const documentSchema = z.looseObject({
  name: z.string(),
  'dist-tags': z.record(z.string(), z.string()),
  versions: z.record(z.string(), z.looseObject({ deprecated: z.string().optional() })),
});
const publishedSchema = documentSchema.extend({
  _attachments: z.record(z.string(), z.object({ data: z.string() })).default({}),
});

export class Registry {
  readonly url: string;
  document: z.infer<typeof documentSchema> | null = null;
  readonly #files = new Map<string, Buffer>();
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.url = `http://127.0.0.1:${port}/`;
  }

  static async start(): Promise<Registry> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const registry = new Registry(server, typeof address === 'object' ? (address?.port ?? 0) : 0);
    server.on('request', (request, response) => {
      let text = '';
      request.on('data', (piece) => (text += String(piece)));
      request.on('end', () => {
        const { status, body } = registry.#answer(request.method ?? '', decodeURIComponent(request.url ?? ''), text);
        response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      });
    });
    return registry;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #answer(method: string, url: string, text: string): { status: number; body: string | Buffer } {
    const path = url.split('?')[0] ?? '';
    const tag = /^\/-\/package\/.*\/dist-tags\/(\S+)$/.exec(path)?.[1];
    if (path === '/-/whoami') return { status: 200, body: JSON.stringify({ username: 'team-bot' }) };
    if (path.endsWith('.tgz')) return this.#file(path.split('/').at(-1) ?? '');
    if (this.document !== null && tag !== undefined && method === 'PUT') {
      this.document['dist-tags'][tag] = z.string().parse(JSON.parse(text));
      return { status: 201, body: '{}' };
    }
    if (this.document !== null && path.endsWith('/dist-tags'))
      return { status: 200, body: JSON.stringify(this.document['dist-tags']) };
    if (method === 'PUT') return this.#put(JSON.parse(text));
    if (this.document === null || !path.endsWith(this.document.name)) return { status: 404, body: '{}' };
    return { status: 200, body: JSON.stringify(this.document) };
  }

  #file(name: string): { status: number; body: string | Buffer } {
    const file = this.#files.get(name);
    if (file === undefined) return { status: 404, body: '{}' };
    return { status: 200, body: file };
  }

  /** A new version, or the whole document with something changed in it. */
  #put(value: unknown): { status: number; body: string } {
    const { _attachments, ...given } = publishedSchema.parse(value);
    const there = this.document;
    const isTaken =
      there !== null &&
      Object.keys(_attachments).length > 0 &&
      Object.keys(given.versions).some((version) => version in there.versions);
    if (isTaken) return { status: 403, body: JSON.stringify({ error: 'this version is published already' }) };
    for (const [name, { data }] of Object.entries(_attachments))
      this.#files.set(name.split('/').at(-1) ?? name, Buffer.from(data, 'base64'));
    this.document =
      there === null
        ? given
        : {
            ...given,
            versions: { ...there.versions, ...given.versions },
            'dist-tags': { ...there['dist-tags'], ...given['dist-tags'] },
          };
    return { status: 201, body: '{}' };
  }
}
