/** The roles of a runbook: who is in each. A gate keeps the members of those that it takes approvals from. */

import type { Compilation } from './compilation.ts';
import type { Json } from './document.ts';
import { inside, isMap, type LocatedStep, type Place } from './model.ts';
import { differentPeople } from './person-name.ts';
import { runbookShape } from './shape.ts';

export type Roles = Readonly<Record<string, readonly string[]>>;

/** Reads `roles` of the runbook `raw` at `root`. */
export function readRoles(compilation: Compilation, raw: Readonly<Record<string, unknown>>, root: Place): Roles {
  const roles = compilation.readKey(raw, root, 'roles', runbookShape.roles) ?? {};
  for (const [role, members] of Object.entries(roles)) {
    const place = inside(root, 'roles', role);
    const nested = members.find((name) => Object.hasOwn(roles, name));
    if (nested !== undefined) {
      const hint = 'write its members out';
      compilation.problems.value(place, 'role-in-role', `${role} holds the role ${nested}; a role holds people`, hint);
    }
    if (members.some((name) => name.includes('${{'))) {
      compilation.problems.value(
        place,
        'template-here',
        'the members of a role are fixed and take no ${{ }}',
        'write them out',
      );
    }
  }
  return roles;
}

/** The members of the roles that the `approve` parameters `params` name; null where they name none. */
export function approversOf(roles: Roles, params: Json): Record<string, string[]> | null {
  const named = [...namesIn(params), ...(isMap(params) ? namesIn(params['emergency']) : [])];
  const found = named.flatMap((name): [string, string[]][] =>
    Object.hasOwn(roles, name) ? [[name, [...(roles[name] ?? [])]]] : [],
  );
  return found.length === 0 ? null : Object.fromEntries(found);
}

/** Names under `from`. */
export function namesIn(params: unknown): readonly string[] {
  const from: unknown = isMap(params) ? params['from'] : undefined;
  return Array.isArray(from) ? from.filter((name) => typeof name === 'string') : [];
}

/** How many different people can approve at most; null: anybody may. */
export function approversMax({ step }: Pick<LocatedStep, 'step'>): number | null {
  const roles = step.approvers ?? {};
  const names = namesIn(step.params);
  if (names.length === 0 || names.some((name) => roles[name]?.length === 0)) return null;
  return differentPeople(names.flatMap((name) => roles[name] ?? [name])).length;
}
