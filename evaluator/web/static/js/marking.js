// Marks in a text: ranges of Unicode code points, made by selecting words or with the arrow keys.
window.faithlineMarking = (() => {
  "use strict";
  const MOST = 200;
  const points = (text) => [...text];

  // Characters of a node of the text; a stand-in for what can not be shown counts what it stands for.
  function size(node) {
    if (node.nodeType === Node.TEXT_NODE) return points(node.data).length;
    if (node.dataset?.n) return Number(node.dataset.n);
    return [...node.childNodes].reduce((sum, child) => sum + size(child), 0);
  }

  // `root` is the text, `marks` what is marked in it, `changed` is told of every change.
  return (root, marks, changed) => {
    const pieces = [...root.childNodes].map((node) => ({ node, chars: node.dataset?.n ? null : points(node.textContent), n: size(node) }));
    const total = pieces.reduce((sum, piece) => sum + piece.n, 0);
    const plain = pieces.map((piece) => piece.chars?.join("") ?? " ".repeat(piece.n)).join("");
    const chars = points(plain);
    let words = null;
    let cursor = null;

    // Where the boundary of a selection lies, in characters from the beginning.
    function offset(container, at) {
      let node = container.nodeType === Node.TEXT_NODE ? container.parentElement.closest("[data-n]") ?? container : container;
      let sum = 0;
      if (node !== container) sum = at > 0 ? size(node) : 0;
      else if (node.nodeType === Node.TEXT_NODE) sum = points(node.data.slice(0, at)).length;
      else for (const child of [...node.childNodes].slice(0, at)) sum += size(child);
      for (; node !== root; node = node.parentNode) {
        for (let before = node.previousSibling; before; before = before.previousSibling) sum += size(before);
      }
      return sum;
    }

    // The boundary that lies at so many characters from the beginning.
    function boundary(at) {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      let last = [root, 0];
      let left = at;
      while (walker.nextNode()) {
        const text = walker.currentNode;
        const strange = text.parentElement.closest("[data-n]");
        const n = strange ? Number(strange.dataset.n) : size(text);
        if (left <= n && !strange) return [text, points(text.data).slice(0, left).join("").length];
        left -= n;
        last = [text, text.data.length];
      }
      return last;
    }

    function selected() {
      const selection = getSelection();
      if (!selection.rangeCount || selection.isCollapsed) return null;
      const range = selection.getRangeAt(0);
      if (!range.intersectsNode(root)) return null;
      let start = root.contains(range.startContainer) ? offset(range.startContainer, range.startOffset) : 0;
      let end = root.contains(range.endContainer) ? offset(range.endContainer, range.endOffset) : total;
      while (start < end && !chars[start].trim()) start += 1;
      while (end > start && !chars[end - 1].trim()) end -= 1;
      return start < end ? { start, end } : null;
    }

    // Overlapping marks become one.
    function add({ start, end }) {
      const apart = marks.filter((mark) => mark.end < start || mark.start > end);
      for (const mark of marks.filter((one) => !apart.includes(one))) {
        start = Math.min(start, mark.start);
        end = Math.max(end, mark.end);
      }
      if (apart.length >= MOST) return;
      set([...apart, { start, end }].sort((a, b) => a.start - b.start));
    }

    function set(found) {
      marks = found;
      draw();
      changed(marks, (mark) => chars.slice(mark.start, mark.end).join(""));
    }

    function remove(index) {
      set(marks.filter((_, i) => i !== index));
    }

    function draw() {
      const parts = document.createDocumentFragment();
      let at = 0;
      let current = null;
      const into = (index) => {
        if (index < 0) return parts;
        if (current?.dataset.mark !== String(index)) {
          current = document.createElement("mark");
          current.className = "m mine";
          current.dataset.mark = index;
          current.tabIndex = 0;
          current.title = "Click to take this mark away";
          current.setAttribute("role", "button");
          parts.append(current);
        }
        return current;
      };
      for (const piece of pieces) {
        let done = 0;
        while (done < piece.n) {
          const index = marks.findIndex((mark) => mark.start <= at && at < mark.end);
          const next = index < 0 ? marks.find((mark) => mark.start > at)?.start ?? total : marks[index].end;
          const here = Math.min(piece.n - done, next - at);
          into(index).append(piece.chars ? piece.chars.slice(done, done + here).join("") : piece.node.cloneNode(true));
          done += piece.chars ? here : piece.n;
          at += piece.chars ? here : piece.n;
        }
      }
      root.replaceChildren(parts);
    }

    function mark() {
      const range = selected();
      if (!range) return false;
      getSelection().removeAllRanges();
      add(range);
      return true;
    }

    function cut() {
      const found = [];
      let start = 0;
      for (const { segment, isWordLike } of new Intl.Segmenter(undefined, { granularity: "word" }).segment(plain)) {
        const end = start + points(segment).length;
        if (isWordLike) found.push({ start, end });
        start = end;
      }
      return found;
    }

    // The arrow keys walk over words, with shift they take more of them; Enter marks, Escape ends.
    function walk(key, shift) {
      words ??= cut();
      if (!words.length) return;
      const last = words.length - 1;
      if (!cursor) cursor = { from: 0, to: 0 };
      else if (key === "ArrowRight") cursor = { from: shift ? cursor.from : Math.min(last, cursor.to + 1), to: Math.min(last, cursor.to + 1) };
      else if (key === "ArrowLeft" && shift) cursor = { from: cursor.from, to: Math.max(cursor.from, cursor.to - 1) };
      else if (key === "ArrowLeft") cursor = { from: Math.max(0, cursor.from - 1), to: Math.max(0, cursor.from - 1) };
      const [start, end] = [boundary(words[cursor.from].start), boundary(words[cursor.to].end)];
      getSelection().setBaseAndExtent(...start, ...end);
      end[0].parentElement.scrollIntoView({ block: "nearest" });
    }

    function walking(event) {
      if (!cursor || !["ArrowRight", "ArrowLeft", "Enter", "Escape"].includes(event.key)) return false;
      event.preventDefault();
      if (event.key === "Enter") mark();
      if (event.key === "Escape") stop();
      if (event.key.startsWith("Arrow")) walk(event.key, event.shiftKey);
      return true;
    }

    function stop() {
      cursor = null;
      getSelection().removeAllRanges();
    }

    function take(event) {
      const index = event.target.closest?.("[data-mark]")?.dataset.mark;
      if (index === undefined || !getSelection().isCollapsed) return;
      if (event.type === "keydown" && !["Enter", " ", "Delete", "Backspace"].includes(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      remove(Number(index));
    }
    root.addEventListener("click", take);
    root.addEventListener("keydown", take);
    set(marks);
    return { mark, remove, selected, walk, walking };
  };
})();
