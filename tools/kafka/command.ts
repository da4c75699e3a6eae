import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const TOLD_CHARACTERS = 2000;

/** Runs a tool of the JDK to its end. Throws what it said: an exit code alone tells nobody why a broker could not be made. */
export const runTool = async (tool: string, args: readonly string[]): Promise<void> => {
  try {
    await execute(tool, args);
  } catch (error) {
    const { code, signal, stdout = '', stderr = '' } = error as { code?: unknown; signal?: unknown; stdout?: string; stderr?: string };
    const said = `${stdout}${stderr}`.trim().slice(-TOLD_CHARACTERS);
    throw new Error(`${tool} ended with ${code ?? signal}: ${said}`);
  }
};
