/** Tools of a server. */
import type { Tool } from './tool.ts';
import type { World } from './world.ts';
export const host: Readonly<Record<string, Tool<World>>> = {};
