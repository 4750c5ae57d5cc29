// The page's words in both languages; `word("runs", 3)` gives the reader's, with 3 in the place of {}.
const WORDS = {
  en: {
    models: "Models", wallet: "Wallet", logIn: "Log in", logOut: "Log out", register: "Make an account", email: "E-mail",
    password: "Password", handle: "User name", search: "Search models", run: "Run", running: "Running…", cancel: "Cancel",
    free: "free", perRun: "{} per run", noModels: "No model matches.", balance: "Balance", held: "Held by runs", topUp: "Add credits",
    amount: "Amount", statement: "Statement", when: "When", what: "What", result: "Result", nothingYet: "What the model makes appears here.",
    download: "Download", by: "by", runs: "{} runs", loginFirst: "Log in to run models.", noEntries: "Nothing yet.",
    failed: "The run failed. It cost nothing.", notFound: "There is nothing here.", optional: "optional", earned: "Earned",
    entry_run: "Run", entry_top_up: "Credits added", entry_promotion: "Credits given",
  },
  ko: {
    models: "모델", wallet: "지갑", logIn: "로그인", logOut: "로그아웃", register: "계정 만들기", email: "이메일",
    password: "비밀번호", handle: "사용자 이름", search: "모델 검색", run: "실행", running: "실행 중…", cancel: "취소",
    free: "무료", perRun: "실행당 {}", noModels: "맞는 모델이 없습니다.", balance: "잔액", held: "실행에 묶인 금액", topUp: "크레딧 충전",
    amount: "금액", statement: "거래 내역", when: "시각", what: "내용", result: "결과", nothingYet: "모델이 만든 것이 여기에 나타납니다.",
    download: "내려받기", by: "제작", runs: "{}회 실행", loginFirst: "모델을 실행하려면 로그인하세요.", noEntries: "아직 없습니다.",
    failed: "실행하지 못했습니다. 비용은 들지 않았습니다.", notFound: "여기에는 아무것도 없습니다.", optional: "선택", earned: "수익",
    entry_run: "실행", entry_top_up: "크레딧 충전", entry_promotion: "크레딧 증정",
  },
};

export const language = navigator.language.startsWith("ko") ? "ko" : "en";
export const word = (key, value = "") => WORDS[language][key]?.replace("{}", () => value);
