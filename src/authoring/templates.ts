/** The documents that `gonogo init` begins a repository with: one example to a kind of thing that is released. */

export const kinds = ['web-service', 'container', 'database', 'package', 'incident', 'empty'] as const;
export type TemplateKind = (typeof kinds)[number];

export interface Template {
  /** For whoever chooses. */
  readonly about: string;
  /** Name of the file in `runbooks/`. */
  readonly name: string;
  readonly text: string;
}

const schemaLine = '# yaml-language-server: $schema=./runbook.schema.json\n';

const webService = `runbook: Release the web service
environment: production
vars:
  version: { ask: Version to release, match: 'v\\d+\\.\\d+\\.\\d+' }
  url: { ask: Address of the service, match: 'https?://\\S+' }
  previous: {}
target:
  name: web
  identity: { check: cat /etc/hostname }
phases:
  pre-deploy:
    - id: rollback_point
      title: Note the version that serves now
      check: basename "$(readlink current)"
      capture: previous
    - id: ready
      checklist: ../checklists/release.yaml
  deploy:
    - id: switch
      title: Point current to the release
      run: ln -sfn "releases/$version" current
      undo: { run: ln -sfn "releases/$previous" current }
      done_when: { check: test "$(readlink current)" = "releases/$version" }
  verify:
    - id: health
      http: \${{ url }}/health
      retry: { times: 10, every: 3s, passes: 2 }
      on_fail: rollback
rollback:
  point: previous
  triggers: [The health check fails, Errors above 1 % for five minutes]
report:
  success: { The service answers: health }
`;

const container = `runbook: Release the container
environment: production
vars:
  image: { ask: Image without its tag, match: '[a-z0-9./:-]+' }
  tag: { ask: Tag to release, match: '[A-Za-z0-9._-]+' }
  port: '8080'
phases:
  pre-deploy:
    - id: pull
      title: Fetch the image
      run: docker pull "$image:$tag"
      effect: idempotent
      timeout: 10m
  deploy:
    - id: keep
      title: Keep the container that runs now
      run: docker rename app app-previous && docker stop app-previous
      undo: { run: docker rename app-previous app && docker start app }
    - id: start
      title: Start the new one
      run: docker run -d --name app -p "$port:8080" "$image:$tag"
      undo: { run: docker rm -f app }
  verify:
    - id: health
      http: http://127.0.0.1:\${{ port }}/health
      retry: { times: 20, every: 3s, passes: 3 }
      on_fail: rollback
rollback:
  triggers: [The health check fails three times in a row]
`;

const database = `runbook: Migrate the database
environment: production
vars:
  migration: { ask: Migration to apply, match: '[A-Za-z0-9_-]+' }
  backup: { ask: File to write the backup to, match: '[A-Za-z0-9/._-]+', default: before.dump }
target:
  name: database
  identity: { check: psql -Atc 'SELECT current_database()' }
phases:
  pre-deploy:
    - id: backup_taken
      title: Back up the database
      run: pg_dump -Fc -f "$backup"
      effect: idempotent
      timeout: 2h
    - id: go
      approve: { from: [database-owner], count: 1 }
  deploy:
    - id: migrate
      title: Apply the migration
      run: psql -v ON_ERROR_STOP=1 -1 -f "migrations/$migration.up.sql"
      undo: { run: psql -v ON_ERROR_STOP=1 -1 -f "migrations/$migration.down.sql" }
      timeout: 30m
      danger: true
  verify:
    - id: answers
      check: psql -Atc 'SELECT 1'
      expect: stdout == "1"
      on_fail: rollback
rollback:
  triggers: [A query of the application fails]
`;

const library = `runbook: Release the package
vars:
  name: { ask: Name of the package, match: '[@a-z0-9/._-]+' }
  version: { ask: Version to release, match: '\\d+\\.\\d+\\.\\d+' }
phases:
  pre-deploy:
    - id: clean
      title: Nothing is uncommitted
      check: test -z "$(git status --porcelain)"
    - id: tests
      check: npm test
      timeout: 20m
  deploy:
    - id: tagged
      title: Tag the release
      run: git tag "v$version"
      undo: { run: git tag -d "v$version" }
    - id: publish
      title: Publish it
      run: npm publish
      undo: { run: npm deprecate "$name@$version" withdrawn }
  verify:
    - id: there
      title: It can be installed
      check: npm view "$name@$version" version
      expect: stdout == version
      retry: { times: 10, every: 6s }
rollback:
  triggers: [It cannot be installed]
`;

const incident = `runbook: The service does not answer
vars:
  url: { ask: Address of the service, match: 'https?://\\S+' }
phases:
  look:
    - id: answers
      title: Does it answer?
      http: \${{ url }}/health
      # That it does not is why this runbook is walked: it does not decide how the run ends.
      on_fail: ignore
    - id: disk
      title: Is the disk full?
      check: df -h
  mend:
    - id: way
      choose:
        question: What is wrong?
        options:
          - { label: The disk is full, steps: [{ manual: Make room on the disk. }] }
          - { label: It hangs, steps: [{ run: systemctl restart app, effect: idempotent }] }
          - { label: Something else, steps: [{ manual: Call whoever is on duty. }] }
  verify:
    - id: again
      title: It answers again
      http: \${{ url }}/health
      retry: { times: 20, every: 3s, passes: 3 }
`;

const empty = `runbook: Our first runbook
phases:
  deploy:
    - manual: Say here what is to be done.
`;

/** One template a kind. */
export const templates: Readonly<Record<TemplateKind, Template>> = {
  'web-service': {
    about: 'a service behind a link that is switched',
    name: 'release.yaml',
    text: schemaLine + webService,
  },
  container: { about: 'a container that is replaced', name: 'release.yaml', text: schemaLine + container },
  database: { about: 'a migration with a backup and an approval', name: 'migrate.yaml', text: schemaLine + database },
  package: { about: 'a package that is tagged and published', name: 'release.yaml', text: schemaLine + library },
  incident: { about: 'what to do when something does not answer', name: 'incident.yaml', text: schemaLine + incident },
  empty: { about: 'one step to begin with', name: 'first.yaml', text: schemaLine + empty },
};

/** The checklist that comes with every kind. */
export const releaseChecklist = `# yaml-language-server: $schema=./checklist.schema.json
checklist: Ready to release
categories:
  change:
    items:
      - { id: reviewed, title: The change was reviewed, manual: Who reviewed it?, severity: blocker }
      - { id: tested, title: It was tried somewhere else first, manual: Where?, severity: high }
  people:
    items:
      - { id: told, title: Those who must know are told, manual: Where?, severity: medium }
`;

/** For a workflow of the forge: documents stay right. */
export const ciSnippet = `name: runbooks
on: [push, pull_request]
permissions:
  contents: read
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      # The executable that gonogo's \`npm run build:binary\` makes, and the checksum beside it, kept in the folder ci.
      - run: cd ci && sha256sum --check --ignore-missing checksums.txt && chmod +x gonogo-linux-x64
      - run: ci/gonogo-linux-x64 check --format github runbooks/*.yaml checklists/*.yaml
`;
