/** All measures, in the order of the table. */
import { auditTime } from './audit.ts';
import { drillTime } from './drill.ts';
import { frameHeap } from './heap.ts';
import { hostsCold, hostsOutput, hostsWarm } from './hosts.ts';
import { journalOpening } from './journal.ts';
import { keyTimes } from './keys.ts';
import { largeMemory } from './large.ts';
import { maskedStep } from './masking.ts';
import type { Measure } from './measure.ts';
import { outputMemory, outputTimes } from './output.ts';
import { peerTimes } from './peers.ts';
import { checkTime, listKnownTime, listTime, planTime, showTime } from './reading.ts';
import { sharedList } from './shared-list.ts';
import { startTimes } from './start.ts';
import { stepCounts } from './step-counts.ts';
import { flatness, stepOverhead } from './step-overhead.ts';
import { storeStep } from './store.ts';
import { verifyTime } from './verify.ts';

export const measures: readonly Measure[] = [
  stepOverhead,
  ...stepCounts,
  flatness,
  maskedStep,
  ...outputTimes,
  outputMemory,
  ...startTimes,
  ...keyTimes,
  frameHeap,
  journalOpening,
  verifyTime,
  auditTime,
  checkTime,
  planTime,
  listTime,
  listKnownTime,
  showTime,
  largeMemory,
  drillTime,
  hostsCold,
  hostsWarm,
  hostsOutput,
  storeStep,
  sharedList,
  ...peerTimes,
];
