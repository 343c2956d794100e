/* Prints how many tests passed and failed, from vitest's JSON reports. Fails when a suite ran none or one failed. */
'use strict';

const { readFileSync } = require('node:fs');

const reports = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, 'utf8')));
const sum = (key) => reports.reduce((total, report) => total + report[key], 0);
const failed = sum('numFailedTests');
const pending = sum('numPendingTests');
if (failed > 0 || !reports.every(({ numPassedTests }) => numPassedTests > 0)) process.exitCode = 1;
console.log(`${sum('numPassedTests')} passed, ${failed} failed${pending > 0 ? `, ${pending} skipped` : ''}`);
