/** Every action there is, in the order in which they are listed to authors. */
import type { Action, Actions } from './action.ts';
import { approve } from './approve.ts';
import { ask } from './ask.ts';
import { check } from './check.ts';
import { checklist } from './checklist.ts';
import { choose } from './choose.ts';
import { ci } from './ci.ts';
import { data } from './data.ts';
import { file } from './file.ts';
import { grep } from './grep.ts';
import { http } from './http.ts';
import { include } from './include.ts';
import { manual } from './manual.ts';
import { notify } from './notify.ts';
import { parallel } from './parallel.ts';
import { run } from './run.ts';
import { scan } from './scan.ts';
import { steps } from './steps.ts';
import { tcp } from './tcp.ts';
import { tls } from './tls.ts';

const list: readonly Action[] = [
  run,
  check,
  http,
  tcp,
  tls,
  file,
  grep,
  data,
  ci,
  scan,
  manual,
  ask,
  choose,
  approve,
  checklist,
  steps,
  include,
  parallel,
  notify,
];

/** Actions by name. */
export const actions: Actions = new Map(list.map((action) => [action.name, action]));
