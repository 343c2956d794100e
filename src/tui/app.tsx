/**
 * The Ink part: rows as they come from `present/`, one `Text` each; the menu widget; the one `useInput`.
 *
 * Invariants: no state, no I/O, no key handled here; the frame is exactly as high as the terminal, or as the
 * inline screen's region.
 */
import { Box, Static, Text, useApp, useInput, usePaste, useWindowSize } from 'ink';
import SelectInput from 'ink-select-input';
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import type { Controller } from './controller.ts';
import { fit } from './present/cells.ts';
import { frame } from './present/frame.ts';
import { glyphsOf, type Look, paint } from './present/look.ts';
import type { Menu as MenuOf } from './present/panel.ts';
import { topOverlay, type Ui } from './ui.ts';

export interface AppProps {
  readonly controller: Controller;
  /** Called with what steps aside for a command or a shell; null when there is no screen any more. */
  onScreen(suspend: ((use: () => Promise<void>) => Promise<void>) | null): void;
}

/** Rows of the inline screen on a terminal of `rows`. */
export function inlineRows(rows: number): number {
  return Math.min(10, rows - 1);
}

/** The whole app. */
export function App({ controller, onScreen }: AppProps): React.JSX.Element {
  const window = useWindowSize();
  const { columns } = window;
  const { suspendTerminal } = useApp();
  const view = useSyncExternalStore(controller.subscribe, controller.view);
  const { inline } = view.ui;
  const rows = inline ? inlineRows(window.rows) : window.rows;
  useInput((input, key) => controller.input(input, key));
  usePaste((text) => controller.paste(text));
  useEffect(() => controller.resize(columns, rows), [controller, columns, rows]);
  useEffect(() => {
    onScreen(suspendTerminal);
    return () => onScreen(null);
  }, [onScreen, suspendTerminal]);
  // The size is the terminal's of this moment: the controller hears of a new one only after the frame is drawn.
  const { above, menu, below } = frame({ ...view, ui: { ...view.ui, columns, rows } });
  return (
    <>
      {inline ? <Printed lines={controller.printed} /> : null}
      <Box flexDirection="column" width={columns} height={rows} overflow="hidden">
        <Rows rows={above} name="above" />
        {menu === null ? null : <Menu controller={controller} ui={view.ui} look={view.look} menu={menu} />}
        <Rows rows={below} name="below" />
      </Box>
    </>
  );
}

/** Lines that stay above the region, each printed once. */
function Printed({ lines }: { readonly lines: readonly string[] }): React.JSX.Element {
  return <Static items={[...lines]}>{(line, index) => <Text key={`printed ${index}`}>{line}</Text>}</Static>;
}

/** A row stays at its place for as long as the frame has it, so its place is its key. */
function Rows({ rows, name }: { readonly rows: readonly string[]; readonly name: string }): React.JSX.Element[] {
  return rows.map((row, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place on the screen
    <Text key={`${name} ${index}`} wrap="truncate">
      {row}
    </Text>
  ));
}

interface MenuProps {
  readonly controller: Controller;
  readonly ui: Ui;
  readonly look: Look;
  readonly menu: MenuOf;
}

/** The choices of the dialog on top. The widget moves the mark; taking a choice is the keymap's. */
function Menu({ controller, ui, look, menu }: MenuProps): React.JSX.Element | null {
  const parts = useMemo(() => menuParts(look), [look]);
  const top = topOverlay(ui);
  if (top?.kind !== 'dialog') return null;
  const width = ui.columns - 4;
  const { ellipsis } = glyphsOf(look);
  const { labels, choices, rows } = menu;
  const items = labels.map((label, index) => ({
    key: String(choices[index]),
    label: fit(label, width, ellipsis),
    value: choices[index] ?? 0,
  }));
  // While the choices are narrowed the mark is moved by the keymap, and where the mouse moves it the widget begins anew there.
  const { find } = ui;
  return (
    <SelectInput
      key={
        find === null ? `${top.dialog.key} ${top.pointed ?? ''}` : `${top.dialog.key} ${find.text} ${top.draft.marked}`
      }
      items={items}
      initialIndex={Math.max(0, choices.indexOf(top.draft.marked))}
      limit={rows}
      isFocused={!top.sending && find === null}
      onHighlight={(item) => controller.highlight(item.value)}
      indicatorComponent={parts.Mark}
      itemComponent={parts.Label}
    />
  );
}

function menuParts(look: Look): {
  Mark: React.FC<{ isSelected?: boolean }>;
  Label: React.FC<{ isSelected?: boolean; label: string }>;
} {
  return {
    Mark: ({ isSelected = false }) => <Text>{isSelected ? '  > ' : '    '}</Text>,
    Label: ({ isSelected = false, label }) => (
      <Text wrap="truncate">{isSelected ? paint(look, 'select', label) : label}</Text>
    ),
  };
}
