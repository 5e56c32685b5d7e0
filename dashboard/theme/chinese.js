// What Streamlit says of its own accord, in Chinese.
//
// Only where it speaks itself: each word is looked for in the elements that Streamlit alone fills, and must be all that
// stands there. Names, titles and comments of streams stand in other elements and are never touched.
"use strict";

(() => {
  // Dates, months and what is read aloud go by the browser's language; the desk's is Chinese, whatever the browser's.
  for (const [name, value] of [["language", "zh-CN"], ["languages", ["zh-CN", "zh"]]]) {
    Object.defineProperty(navigator, name, { get: () => value, configurable: true });
  }

  const TOOLS = {
    "Search": "在表里找",
    "Show/hide columns": "显示哪些列",
    "Fullscreen": "全屏",
    "Close fullscreen": "退出全屏",
    "Download as CSV": "下载",
    "Download as PNG": "下载图片",
  };
  const PLACEHOLDERS = {
    "Choose an option": "请选择",
    "Choose options": "请选择",
    "No options to select": "没有可选的",
  };
  const COLUMNS = { "Select all": "全部", "(index)": "行号" };
  const CALENDARS = [[/^Choose date(?:, (.*))?$/, "选日期 $1"]];
  const RANGES = [
    [/^(?:Error: )?Date set outside allowed range\. Please select a date between (\S+) and (\S+?)\.$/, "日期须在 $1 到 $2 之间。"],
    [/^(?:Error: )?Date set outside allowed range\. Please select a date on or after (\S+?)\.$/, "日期不能早于 $1。"],
    [/^(?:Error: )?Date set outside allowed range\. Please select a date on or before (\S+?)\.$/, "日期不能晚于 $1。"],
  ];
  const MONTHS = "January February March April May June July August September October November December".split(" ");
  const SEGMENTS = { "yyyy": "年", "mm": "月", "dd": "日", "year": "年", "month": "月", "day": "日", "Empty": "没有填" };
  const FOUND = [
    [/^(\d+) results?$/, "找到 $1 处"],
    [/^(\d+) of (\d+) results?$/, "第 $1 处，共 $2 处"],
    [/^over (\d+) results?$/, "超过 $1 处"],
  ];

  // Where it stands, the words there, and shapes of sentences there.
  const TEXTS = [
    ["[data-testid=stSkipToContent]", { "Skip to main content": "跳到正文" }, []],
    ["[data-testid=stDataFrameColumnMenu] [role=menuitem]", {
      "Sort ascending": "从小到大排", "Sort descending": "从大到小排", "Autosize": "宽度随内容",
      "Pin column": "固定在左边", "Unpin column": "不再固定", "Hide column": "隐藏这一列",
    }, []],
    ["[data-testid=stDataFrameColumnVisibilityMenu]", COLUMNS, []],
    // A choice that can be taken has a key; the line that there is none has not.
    ["[role=option]:not([data-key])", { "No results": "没有符合的" }, []],
    [".gdg-search-status", { "Type to search": "输入要找的字" }, FOUND],
    ["[role=log]", {}, [[/^(\d+) options? available\.$/, "有 $1 项可选。"]]],
    ["[data-testid=stTooltipContent]", TOOLS, []],
    ["[data-testid=stDateInput] [role=spinbutton]", SEGMENTS, []],
    ["[data-testid=stDateInputCalendar]", {
      "Use arrow keys to navigate dates. Enter to select. Escape to close.": "用方向键选日期，回车选定。",
    }, CALENDARS],
    ["[data-testid=stDateInput] [role=alert]", {}, RANGES],
  ];
  const ATTRIBUTES = [
    ["placeholder", "[data-testid=stSelectbox] input, [data-testid=stMultiSelect] input", PLACEHOLDERS],
    ["title", "[data-testid=stDataFrameColumnMenu] *", {
      "Copy column name": "复制列名", "text": "文字", "number": "数字", "datetime": "时间", "date": "日期", "link": "链接",
      "button": "按钮", "checkbox": "是否", "progress": "比例", "list": "几项", "object": "内容",
    }],
    ["aria-label", "[data-testid=stDataFrameColumnMenu] *", {
      "Dataframe column menu": "列的菜单", "Copy column name": "复制列名",
    }],
    ["aria-label", "[data-testid=stTopNav]", { "App pages": "页面" }],
    ["aria-label", "[data-testid=stLogoLink]", { "Navigate to home page": "回到首页" }],
    ["aria-label", "[data-testid=stElementToolbarButton] button", TOOLS],
    ["aria-label", "[data-testid=stSelectbox] button, [data-testid=stMultiSelect] button", {
      "Open": "展开", "Clear value": "清空", "Clear all": "清空",
    }],
    ["aria-label", "[data-testid=stDateInput] button", {
      "Choose date": "选日期", "Clear date": "清空日期",
    }],
    ["aria-label", "[data-testid=stDateInput] [role=spinbutton]", SEGMENTS],
    ["aria-valuetext", "[data-testid=stDateInput] [role=spinbutton]", SEGMENTS,
      [[new RegExp(`^(\\d+) – (?:${MONTHS.join("|")})$`), "$1 月"]]],
    ["aria-label", "[data-testid=stDateInputCalendar] button", {
      "Previous month": "上个月", "Next month": "下个月", "Next": "下个月", "month": "月", "year": "年",
    }],
    ["aria-label", "[data-testid=stDateInputCalendar], [data-testid=stDateInputCalendar] *", {}, CALENDARS],
    ["aria-label", "[data-testid=stDataFrameColumnVisibilityMenu] input", COLUMNS],
    ["aria-label", "[data-testid=stSelectboxVirtualDropdown] *, [data-testid=stMultiSelectDropdown] *", {
      "Dismiss": "关闭",
    }],
    ["aria-label", "[data-testid=stButton] *", {}, [[/^Shortcut (.+)$/, "按键 $1"]]],
    ["aria-label", "[data-testid=stSlider] *", {}, [[/ — start$/, "，下限"], [/ — end$/, "，上限"]]],
    ["aria-label", "[data-testid=stTooltipIcon] button", {}, [[/^Help for /, "说明："]]],
    ["aria-label", "[data-testid=stTextInput] button", { "Show password": "显示密码", "Hide password": "隐藏密码" }],
    ["aria-label", "[data-testid=stPagination] button", { "Next page": "下一页", "Previous page": "上一页" }],
    ["aria-label", "[role=dialog] button", { "Close": "关闭" }],
    ["aria-label", "[class^=gdg-] button", {
      "Close Search": "不找了", "Next Result": "下一处", "Previous Result": "上一处",
    }],
  ];
  const NAMED = [...new Set(ATTRIBUTES.map(([name]) => name))];

  const inChinese = (said, words, shapes) => {
    if (Object.hasOwn(words, said)) return words[said];
    for (const [shape, chinese] of shapes) if (shape.test(said)) return said.replace(shape, chinese);
    return null;
  };

  const readText = (node) => {
    const said = node.data.trim();
    if (!/[A-Za-z]/.test(said) || !node.parentElement) return;
    for (const [where, words, shapes] of TEXTS) {
      const chinese = inChinese(said, words, shapes);
      if (chinese !== null && node.parentElement.closest(where)) {
        node.data = chinese;
        return;
      }
    }
  };

  const readAttribute = (element, name) => {
    const said = element.getAttribute(name);
    if (!said || !/[A-Za-z]/.test(said)) return;
    // `Search: 录像`, `year, 播出不早于`: whose it is stands behind the word.
    const [word, ...whose] = said.split(/(?=: |, )/);
    for (const [named, where, words, shapes = []] of ATTRIBUTES) {
      if (named !== name || !element.matches(where)) continue;
      const chinese = inChinese(said, {}, shapes) ?? inChinese(word, words, [])?.concat(...whose);
      if (chinese) {
        element.setAttribute(name, chinese);
        return;
      }
    }
  };

  const read = (node) => {
    if (node.nodeType === Node.TEXT_NODE) readText(node);
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    const texts = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) readText(texts.currentNode);
    for (const name of NAMED) {
      if (node.hasAttribute(name)) readAttribute(node, name);
      for (const element of node.querySelectorAll(`[${name}]`)) readAttribute(element, name);
    }
  };

  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "childList") change.addedNodes.forEach(read);
      else if (change.type === "characterData") readText(change.target);
      else readAttribute(change.target, change.attributeName);
    }
  }).observe(document, { subtree: true, childList: true, characterData: true, attributeFilter: NAMED });
})();
