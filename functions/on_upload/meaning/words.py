"""The words by which people call their columns, in many languages: values only.

Each list is a part's names. Letters are compared without case and accents; where words are inflected, the
longest start that they share stands here. `names_of_parts` compares.
"""

from typing import Final

QUESTION: Final = """
question query prompt instruction request enquiry inquiry quest ask asked problem task q ques qn
pregunta consulta frage anfrage aufgabe anliegen fragestellung question_stem stem question demande
requete consigne domanda richiesta istruzione quesito pergunta solicitacao instrucao duvida instruccion
solicitud vraag verzoek opdracht pytanie zapytanie polecenie otazka dotaz pokyn ukol soru istek talimat
вопрос запрос инструкция задание питання запит інструкція sporsmal foresporsel sporgsmal foresporgsel
fraga kysymys pyynto kerdes intrebare cerere ερωτηση ερωτημα въпрос питање pitanje cau_hoi câu_hỏi
yeu_cau yêu_cầu hỏi pertanyaan permintaan instruksi soalan tanong swali سوال سؤال استفسار طلب پرسش שאלה
בקשה प्रश्न सवाल প্রশ্ন கேள்வி ప్రశ్న คำถาม 问题 問題 提问 提問 问 指令 請求 请求 质问 質問 問い 質 入力 질문
문의 요청 지시 kusimus klausimas jautajums vprasanje კითხვა հարց сұрақ асуулт પ્રશ્ન સવાલ ਸਵਾਲ ಪ್ರಶ್ನೆ ചോദ്യം
សំណួរ ጥያቄ pyetje spurning galdera cwestiwn ceist zahtev reklamation pedido
""".split()
ANSWER: Final = """
answer completion response reply output generation resolution ans antwort loesung losung antworten
ausgabe beantwortung loesungstext reponse reponses sortie respuesta solucion contestacion risposta
soluzione resposta solucao saida antwoord oplossing odpowiedz rozwiazanie odpoved reseni cevap yanit
cozum ответ решение ответы відповідь рішення svar losning vastaus valasz raspuns απαντηση отговор
одговор odgovor cau_tra_loi câu_trả_lời tra_loi trả_lời phan_hoi jawaban tanggapan balasan jawapan sagot
jibu جواب اجابة إجابة الاجابة رد پاسخ תשובה מענה उत्तर जवाब উত্তর பதில் సమాధానం คำตอบ 答案 回答 回复 回覆
答复 答 输出 輸出 返信 返答 解答 応答 答え 出力 답변 응답 대답 답 정답 vastus atsakymas atbilde პასუხი
պատասխան жауап хариулт જવાબ ਜਵਾਬ ಉತ್ತರ ഉത്തരം ចម្លើយ መልስ pergjigje erantzuna ateb freagra rueckmeldung
ruckmeldung
""".split()
# What may be a question or an answer, but is often something else.
ASKED_TOO: Final = """
input source src inputs message user human customer client visitor utterance patient incoming inbound
caller kunde kundin benutzer nutzer usuario cliente client utilisateur utente gebruiker klant uzytkownik
klient zakaznik uzivatel kullanici musteri пользователь клиент користувач клієнт nachricht mensaje
messaggio mensagem bericht wiadomosc zprava mesaj сообщение повідомлення eingabe entree entrada ingresso
invoer wejscie vstup girdi ввод complaint ticket issue beschwerde reclamo body inquiry_text input_text
khach_hang khách_hàng pelanggan pengguna العميل المستخدم رسالة לקוח משתמש ग्राहक उपयोगकर्ता संदेश 用户
用戶 客户 客戶 输入 輸入 消息 ユーザー 顧客 メッセージ 사용자 고객 입력 메시지
""".split()
ANSWERED_TOO: Final = """
target tgt targets assistant bot agent gpt chatgpt model_output solution fix outcome advice rep
representative doctor physician therapist counselor outgoing outbound diagnosis treatment berater agente
assistente assistant_reply operator support conseiller asystent konsultant consultor mitarbeiter
translation asystenta temsilci оператор помощник агент nhan_vien asisten 客服 助手 助理 アシスタント
상담원 어시스턴트
""".split()
ASKED_PERHAPS: Final = """
text sentence content title subject headline review comment tweet document article passage dialogue
dialog email description post beschreibung betreff titel texto texte testo tekst metin текст titulo
titre titolo tytul заголовок tema sujet oggetto asunto assunto temat nombre term word concept topic
begriff wort concepto описание نص طקסט पाठ 文本 正文 标题 標題 テキスト タイトル 텍스트 제목 본문
văn_bản van_ban teks judul
""".split()
ANSWERED_PERHAPS: Final = """
explanation definition meaning erklarung erklaerung definicion explication spiegazione bedeutung reason
rationale comments note notes feedback_text result results ergebnis resultado resultat code sql
correction
""".split()
# Who asks, in columns that may as well hold their names.
PERSONS: Final = frozenset("user human customer client visitor patient caller kunde cliente klient".split())
# Of what may be asked, these are never what a summary sums up.
TITLES: Final = frozenset(
    "title subject headline titel betreff titulo titre titolo tytul temat tema sujet".split()
)
BODIES: Final = frozenset(
    "body content text description selftext post details question_body inhalt beschreibung texte contenu "
    "contenido descripcion testo conteudo abstract summary plot 内容 正文 本文 내용".split()
)
SUMMARY: Final = """
summary highlights tldr tl_dr zusammenfassung resume resumen riassunto resumo samenvatting streszczenie
souhrn ozet резюме краткое підсумок ملخص תקציר सारांश 摘要 总结 總結 要約 요약 tom_tat tóm_tắt ringkasan
abstract
""".split()
LABEL: Final = """
label category class intent sentiment emotion topic kategorie klasse absicht stimmung categoria
categorie intencion sentimiento sentimento sentiment klasa kategoria kategorie kategori duygu категория
класс намерение метка категорія تصنيف فئة קטגוריה श्रेणी 标签 標籤 类别 類別 情感 意图 ラベル カテゴリ
분류 감정 레이블 nhan nhãn kategori department queue tag priority
""".split()
CONTEXT: Final = """
context passage article document paragraph support background contexto kontext contexte contesto
contexte konteks baglam контекст سياق הקשר संदर्भ 上下文 背景 文脈 コンテキスト 문맥 맥락 지문 ngu_canh
ngữ_cảnh knowledge reference_text
""".split()
SYSTEM: Final = """
system system_prompt system_message system_instruction systemprompt sys_prompt persona 系统 系统提示
システム 시스템
""".split()
HISTORY: Final = "history historique verlauf historial storico historia 历史 履歴 기록".split()
OPTIONS: Final = "choices options opciones optionen alternatives answer_choices endings candidates".split()
RIGHT: Final = """
answerkey answer_key correct correct_answer correct_option answer_idx answer_index correct_choice
right_answer correct_idx correct_index cop answer label gold answer_letter
""".split()
# A name with one of these words says which option is right.
RIGHT_PARTS: Final = frozenset(
    "correct right correcta correcto correcte bonne richtige richtig korrekt giusta corretta correta certa "
    "правильный верный 正确 正解".split()
)
# What columns are called that hold one option each, before its letter or number.
OPTION: Final = """
option opt op choice answer ans alternative antwort auswahl moglichkeit antwortmoglichkeit opcion opcao
respuesta resposta reponse choix opzione risposta antwoord optie odpowiedz вариант ответ 选项 選択肢 보기
""".split()
CONTEXTS: Final = frozenset("context passage document evidence".split())
# Numbers that say how good an answer is.
RATINGS: Final = frozenset(
    "rating ratings stars star_rating user_rating csat satisfaction helpfulness quality quality_score reward "
    "reward_score bewertung valoracion avaliacao valutazione оценка 评分 評価 평점".split()
)
# A word of these makes a column something that is said about a row.
ABOUT: Final = frozenset(
    """
id ids uid uuid guid idx index key hash row number no nr num count length len tokens score scores rating
ratings rank stars votes likes upvotes confidence probability prob date time datetime timestamp created
updated at day month year url uri link href source_url path file filename file_name lang language locale
country sprache idioma langue author username email_address phone version status state type difficulty
level split fold subset set annotator annotation metadata meta tags license domain price cost start end
offset position ts datum fecha datetime_utc channel region site platform os device ip session start_char
quelle nummer zeit zeitstempel autor дата время номер язык автор 时间 日期 编号 日時 日付 番号 날짜 시간
번호 worker model_name requester assignee reporter
""".split()
)
# Labels that say of a text what it is about, as collections of texts have them: seldom what is learned.
TOPICS: Final = frozenset(
    "category topic tag department queue priority kategorie categoria categorie kategoria kategori категория "
    "категорія فئة קטגוריה श्रेणी 类别 類別 カテゴリ 분류".split()
)
# With one of these a name says that it is not the one to learn: "reference_answer", "original_question".
NOT_IT: Final = frozenset("reference gold ground truth groundtruth original rejected".split())
# With one of these, beside other words, a name says that it is not to be learned: "Incorrect Answer 1".
WRONG: Final = frozenset(
    "incorrect wrong false distractor falsche falsch incorrecta incorrecto fausse".split()
)
# Words that may stand anywhere in a name and say nothing of the part.
BESIDE: Final = frozenset(
    """
the of de des du la le der die das den dem del della di do da a an by from to for in full final raw
clean cleaned new text texts message messages msg column field value content string str ticket
von vom op van z od
""".split()
)
