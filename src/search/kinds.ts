/**
 * What kind of file one is, told by its path as tools and people name them, and where a name cannot tell (YAML, Terraform) by
 * its text. A file may be of several kinds, or of none.
 *
 * Invariant: linear in path and text.
 */
import { isInSet } from './sets.ts';

export const kindNames = [
  'containers',
  'compose',
  'orchestration',
  'infrastructure',
  'platforms',
  'proxies',
  'pipelines',
  'scripts',
  'runbooks',
  'migrations',
  'manifests',
  'environments',
  'settings',
  'code',
  'tests',
  'documents',
] as const;
export type Kind = (typeof kindNames)[number];

interface Signs {
  readonly paths: readonly RegExp[];
  /** Tells by the text of a file whose path fits `where`. */
  readonly texts?: { readonly where: RegExp; readonly says: RegExp };
}

const yaml = /\.ya?ml$/;
const code =
  /\.(py|m?[jt]sx?|c[jt]s|go|rb|java|kts?|scala|cs|fs|php|rs|swift|dart|exs?|clj|groovy|vue|svelte|astro|c|cc|cpp|h|hpp|m|lua|pl|r|jl|hs|erl|elm|html|erb|jinja2?|tmpl)$/i;

const signs: Readonly<Record<Exclude<Kind, 'runbooks' | 'tests' | 'documents'>, Signs>> = {
  containers: {
    paths: [
      /^(?!(.*\/)?(\.github|\.gitlab|\.circleci|\.ci|ci|concourse)\/)(.*\/)?(Dockerfile|Containerfile)([._-](?![^/]*\b(md|dockerignore|ya?ml|json)$)[^/]*)?$/i,
      /^(?!(.*\/)?\.gitpod\.)(.*\/)?[^/]*\.(dockerfile|containerfile)$/i,
    ],
  },
  compose: {
    paths: [
      /^(?!\.(github|gitea|forgejo|circleci)\/)(.*\/)?[^/]*compose[^/]*\.ya?ml$/i,
      /(^|\/)(docker-)?stack[^/]*\.ya?ml$/i,
    ],
    texts: { where: yaml, says: /^services:\s*$[\s\S]{0,4000}?^\s+(image|build):/m },
  },
  orchestration: {
    paths: [
      /(^|\/)(Chart|kustomization|skaffold)\.ya?ml$/,
      /(^|\/)(charts?|helm([-_][^/]*)?)\/.*\.(ya?ml|tpl)$/,
      /\.nomad(\.hcl)?$/,
    ],
    texts: {
      where: /\.(ya?ml|json|tftpl)$/,
      says: /^apiVersion:\s*\S+[\s\S]{0,2000}?^kind:\s*\S|^kind:\s*\S+[\s\S]{0,400}?^apiVersion:|"?containerDefinitions"?\s*[:=]/m,
    },
  },
  infrastructure: {
    paths: [
      /\.(tf|tfvars|bicep|hcl)$/,
      /(^|\/)(serverless|Pulumi[^/]*|samconfig|template|cloudformation[^/]*)\.(ya?ml|json|toml)$/,
      /(^|\/)cdk\.json$/,
      /(^|\/)(cloudformation|terraform|pulumi|ansible|infra(structure)?)\/.*\.(ya?ml|json|template|py|ts)$/,
    ],
    texts: {
      where: /\.(ya?ml|json|template|ts|py)$/,
      says: /AWSTemplateFormatVersion|^Transform:\s*AWS::|aws-cdk-lib|^\s*(from|import) aws_cdk\b|^- hosts:\s/m,
    },
  },
  platforms: {
    paths: [
      /^(?!\.(github|gitlab|circleci)\/)(.*\/)?(heroku\.ya?ml|Procfile(?!\.(dev|local|test))[^/]*|fly[^/]*\.toml|render\.ya?ml|app\.ya?ml|app\.json|vercel\.json|netlify\.toml|railway\.(toml|json)|wrangler\.(toml|jsonc?)|apprunner\.ya?ml|Dockerrun[^/]*\.json|nixpacks\.toml|captain-definition|firebase\.json|amplify\.yml|appspec\.ya?ml|Staticfile|zeabur\.json|koyeb\.ya?ml)$/,
      /(^|\/)(\.platform|\.ebextensions|\.do|\.kamal)\//,
      /(^|\/)config\/deploy[^/]*\.ya?ml$/,
    ],
    texts: { where: /(^|\/)manifest[^/]*\.ya?ml$/, says: /^applications:\s*$/m },
  },
  proxies: {
    paths: [
      /(^|\/)[^/]*(nginx|haproxy|traefik|envoy)[^/]*\.(conf|cfg|ya?ml|toml|template|tmpl|j2)([^/]*)$/i,
      /(^|\/)nginx\/.*\.(conf|template)[^/]*$/i,
      /(^|\/)(Caddyfile|httpd\.conf|\.htaccess)[^/]*$/,
    ],
    texts: { where: /\.(ya?ml|conf)$/, says: /^kind:\s*(Ingress|Gateway|HTTPRoute|IngressRoute)\b|^\s*proxy_pass\s/m },
  },
  pipelines: {
    paths: [
      /(^|\/)\.(github|gitea|forgejo)\/workflows\/[^/]+\.ya?ml$/,
      /(^|\/)\.(github|gitea|forgejo)\/actions\/.*action\.ya?ml$/,
      /(^|\/)\.?[^/]*gitlab-ci[^/]*\.ya?ml$/,
      /(^|\/)\.gitlab\/(?!issue_templates|merge_request_templates).*\.ya?ml$/,
      /(^|\/)\.circleci\/[^/]+\.ya?ml$/,
      /(^|\/)(\.azure[-\w]*\/.*|[^/]*azure-pipelines?[^/]*)\.ya?ml$/,
      /(^|\/)[^/]*Jenkinsfile[^/]*$|\.jenkinsfile$/i,
      /(^|\/)(bitbucket-pipelines|cloudbuild[^/]*|\.?appveyor|\.travis|\.drone|\.cirrus|buildspec[^/]*|\.semaphore\/[^/]+|codemagic|wercker)\.ya?ml$/,
      /(^|\/)\.woodpecker(\/.*)?\.ya?ml$/,
      /(^|\/)\.buildkite\/.*\.(ya?ml|sh)$/,
      /(^|\/)\.teamcity\/.*/,
      /(^|\/)Earthfile$/,
    ],
    texts: {
      where: /\.(tf|ya?ml|json)$/,
      says: /aws_codepipeline|aws_codebuild_project|AWS::CodePipeline|AWS::CodeBuild|^jobs:[\s\S]{0,4000}^\s+plan:\s*$|^platform: \w+[\s\S]{0,2000}^run:\s*$|^kind:\s*(Pipeline|Task|PipelineRun)\s*$/m,
    },
  },
  scripts: {
    paths: [
      /\.(sh|bash|zsh|ps1|bat|cmd)$/i,
      /(^|\/)(GNU)?[Mm]akefile[^/]*$|\.mk$/,
      /(^|\/)\.?[Jj]ustfile$/,
      /(^|\/)(Taskfile[^/]*\.ya?ml|Rakefile|Fabfile|fabfile\.py|noxfile\.py|tasks\.py|tox\.ini)$/,
      /(^|\/)(bin|scripts?)\/[^/]+(\.(py|rb|[cm]?[jt]s|pl))?$/,
    ],
  },
  migrations: {
    paths: [
      /(^|\/)(([\w]+[-_])?migrations?|alembic[^/]*\/versions|db\/migrate|db\/changelog|flyway|liquibase)\/.*\.(py|sql|[jt]s|rb|go|php|xml|ya?ml|exs|cs|java|kt)$/i,
      /(^|\/)migrations?\.(go|rs|py|[jt]s|php|ex)$/,
      /(^|\/)V\d[\w.]*__[^/]+\.sql$/,
      /(^|\/)\d{3,}[_-][^/]+\.(up|down)\.sql$/,
    ],
  },
  manifests: {
    paths: [
      /(^|\/)(package\.json|pyproject\.toml|requirements[^/]*\.(txt|in)|Pipfile|setup\.(py|cfg)|go\.mod|Cargo\.toml|Gemfile|composer\.json|pom\.xml|build\.(gradle|sbt)(\.kts)?|[^/]+\.csproj|[^/]+\.fsproj|mix\.exs|deno\.jsonc?|pubspec\.yaml|environment\.ya?ml|Package\.swift|libs\.versions\.toml)$/,
      /(^|\/)requirements\/[^/]+\.(txt|in)$/,
    ],
  },
  environments: {
    paths: [
      /(^|\/)\.env([._-][^/]*)?$/,
      /(^|\/)[^/]*\.env([._-][^/]*)?$/,
      /(^|\/)(env|dotenv)[._-](example|sample|template|dist)[^/]*$/i,
      /(^|\/)\.envs\/.*/,
    ],
  },
  settings: {
    paths: [
      /(^|\/)[^/]*(settings?|config(uration)?|conf)[^/]*\.(py|m?[jt]s|c[jt]s|ya?ml|json|toml|ini|rb|go|java|kt|php|exs|cs|properties|xml|conf)$/i,
      /(^|\/)(settings|config|conf)\/[^/]+$/i,
      /(^|\/)application[^/]*\.(ya?ml|properties|conf)$/,
      /(^|\/)(gunicorn|uwsgi|uvicorn)[^/]*$/,
      /(^|\/)(cookiecutter|copier)\.(json|ya?ml)$/,
      /\.(ini|conf|properties)$/,
    ],
  },
  code: { paths: [code] },
};

/** Kinds whose text has to be looked at before it is known whether `path` is of them. */
export function mustBeRead(path: string, kinds: readonly Kind[]): boolean {
  return kinds.some((kind) => {
    if (kind === 'runbooks') return yaml.test(path);
    const texts = kind === 'tests' || kind === 'documents' ? undefined : signs[kind].texts;
    return texts?.where.test(path) === true && !isOfKind(path, null, kind);
  });
}

/** Whether the file at `path` is of `kind`. `text` as far as it is known; null: only the path tells. */
export function isOfKind(path: string, text: string | null, kind: Kind): boolean {
  switch (kind) {
    case 'tests':
      return isInSet(path, 'tests') && !isInSet(path, 'docs');
    case 'documents':
      return isDocument(path);
    case 'runbooks':
      return text !== null && yaml.test(path) && isRunbook(text);
    default: {
      const { paths, texts } = signs[kind];
      if ((kind === 'code' || kind === 'settings') && isTranslation(path)) return false;
      if (paths.some((pattern) => pattern.test(path))) return true;
      return text !== null && texts?.where.test(path) === true && texts.says.test(text.slice(0, signMax));
    }
  }
}

const signMax = 20_000;

/** What a program says in other languages is no code and no setting. */
function isTranslation(path: string): boolean {
  return /(^|\/)(lang|locales?|translations)\//.test(path);
}

/** What a program renders for its readers, and what tells an assistant how to help, is no document of the repository. */
function isDocument(path: string): boolean {
  if (
    /(^|\/)(templates?|_?posts|blog|news|\.(agents?|claude|codex|cursor|windsurf|gemini|opencode|kiro|junie))\//.test(
      path,
    )
  ) {
    return false;
  }
  if (/(^|\/)\.github\/(agents|skills|instructions|prompts|chatmodes)\//.test(path)) return false;
  if (/(^|\/)(CLAUDE|AGENTS|GEMINI|copilot-instructions|[^/]*(TODO|[-_.]todo|^todo)[^/]*)\.mdx?$/.test(path))
    return false;
  const isManual = /(^|\/)docs?\//.test(path);
  if (!isManual && /(^|\/)(site|content)\//.test(path)) return false;
  if (!isManual && /(^|\/)(src|app|pages)\/.*\.mdx$/.test(path)) return false;
  return isInSet(path, 'docs') && /\.(md|mdx|markdown|rst|adoc|asciidoc|txt)$/i.test(path) && !isTemplate(path);
}

/** Forms for issues and changes are no documents of the product. */
function isTemplate(path: string): boolean {
  return (
    /(^|\/)(\.github|\.gitlab)\/.*(issue|pull_request|merge_request|PULL_REQUEST|ISSUE)/.test(path) ||
    isInSet(path, 'changelogs')
  );
}

/** A runbook of ours: its first key says so. */
export function isRunbook(text: string): boolean {
  return firstKey(text) === 'runbook';
}

/** The first key of a YAML text, after comments and blank lines; empty when there is none. */
export function firstKey(text: string): string {
  for (const line of text.slice(0, signMax).split('\n')) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#') || trimmed === '---' || trimmed.startsWith('%')) continue;
    return /^([A-Za-z_]+):(\s|$)/.exec(line)?.[1] ?? '';
  }
  return '';
}
