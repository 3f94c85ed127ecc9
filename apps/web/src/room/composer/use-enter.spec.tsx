import { act, fireEvent, render, screen } from '@testing-library/react';
import { useEnter } from './use-enter';

function Input(props: { submit: () => void }) {
  const enter = useEnter(props.submit);
  return (
    <textarea
      onKeyDown={enter.onKeyDown}
      onCompositionStart={enter.onCompositionStart}
      onCompositionEnd={enter.onCompositionEnd}
    />
  );
}

describe('Enter in the composer', () => {
  let sent: number;
  let input: HTMLElement;
  beforeEach(() => {
    jest.useFakeTimers();
    sent = 0;
    render(
      <Input
        submit={() => {
          sent += 1;
        }}
      />,
    );
    input = screen.getByRole('textbox');
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('sends', () => {
    fireEvent.keyDown(input, { key: 'Enter' });
    expect(sent).toBe(1);
  });

  it('does not send with Shift, nor again while it is held down', () => {
    fireEvent.keyDown(input, { key: 'Enter', shiftKey: true });
    fireEvent.keyDown(input, { key: 'Enter', repeat: true });
    expect(sent).toBe(0);
  });

  it('does not send what an input method is still composing', () => {
    fireEvent.compositionStart(input);
    fireEvent.keyDown(input, { key: 'Enter', isComposing: true });
    fireEvent.compositionEnd(input);
    expect(sent).toBe(0);
  });

  it('does not send with the Enter that Safari tells of right after the composition', () => {
    fireEvent.compositionStart(input);
    fireEvent.compositionEnd(input);
    fireEvent.keyDown(input, { key: 'Enter' });
    expect(sent).toBe(0);
    act(() => {
      jest.runAllTimers();
    });
    fireEvent.keyDown(input, { key: 'Enter' });
    expect(sent).toBe(1);
  });
});
