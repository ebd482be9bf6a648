"""What the columns of the labelled tables hold: questions, answers and other texts, in many languages."""

# fmt: off
ASKED = ["Do you ship to Norway?", "How long is the warranty?", "Can I pay by invoice?", "Where is my parcel?", "Is it open on Sunday?", "Who repairs lamps?"]
TOLD = ["Yes, in four to six days.", "It is two years from the day you bought it.", "Companies can, up to 500 euros.", "Please send us its number.", "No, we open again on Monday.", "The workshop in Oslo does that."]
OTHER = ["Yes, it takes about a week.", "Two years, as the law says.", "No, only by card for now.", "It is at the depot in Oslo.", "Only in December we do.", "We do it ourselves, mostly."]
SAID = ["My parcel has not arrived yet.", "The lamp flickers since Monday.", "I want to return the shoes I bought.", "The invoice shows a wrong address.", "My account was locked this morning.", "The app crashes when I open it."]
TOPICS = ["shipping", "warranty", "payment", "tracking", "hours", "repairs"]
IDS = ["K-1001", "K-1002", "K-1003", "K-1004", "K-1005", "K-1006"]
NUMBERS = ["12", "7", "40", "3", "9", "15"]
DATES = ["2026-01-04", "2026-01-05", "2026-02-11", "2026-02-12", "2026-03-01", "2026-03-09"]
LINKS = [f"https://a.example/{n}" for n in range(6)]
LONG = [f"{SAID[n]} {TOLD[n]} {OTHER[n]} And so it went on for a while." for n in range(6)]
WEB = ["web"] * 6

# (language, question's name, answer's name, questions, answers)
LANGUAGES = [
    ("German", "Frage", "Antwort", ["Wann öffnet ihr?", "Was kostet das?", "Gibt es Ersatzteile?"], ["Um neun Uhr.", "Vier Euro neunzig.", "Ja, die meisten sind am Lager."]),
    ("German, a long word", "Kundenanfrage", "Antworttext", ["Wann öffnet ihr?", "Was kostet das?", "Gibt es Ersatzteile?"], ["Um neun Uhr.", "Vier Euro neunzig.", "Ja, am Lager."]),
    ("German, words", "Frage des Kunden", "Antwort vom Support", ["Bitte um Rückruf.", "Lampe defekt.", "Rechnung fehlt."], ["Wir rufen an.", "Sie bekommen eine neue.", "Sie liegt bei."]),
    ("French", "Question du client", "Réponse", ["Quand ouvrez-vous ?", "Combien ça coûte ?", "Où êtes-vous ?"], ["À neuf heures.", "Cinq euros.", "À Lyon, près de la gare."]),
    ("French, no accents", "demande", "reponse", ["Quand ouvrez-vous ?", "Combien ?", "Où ?"], ["À neuf heures.", "Cinq euros.", "À Lyon."]),
    ("Spanish", "Pregunta", "Respuesta", ["¿Cuándo abren?", "¿Cuánto cuesta?", "¿Dónde están?"], ["A las nueve.", "Cinco euros.", "En Madrid, cerca del río."]),
    ("Italian", "domanda", "risposta", ["Quando aprite?", "Quanto costa?", "Dove siete?"], ["Alle nove.", "Cinque euro.", "A Roma, vicino al fiume."]),
    ("Portuguese", "Pergunta do cliente", "Resposta do agente", ["Quando abrem?", "Quanto custa?", "Onde ficam?"], ["Às nove.", "Cinco euros.", "Em Lisboa, junto ao rio."]),
    ("Dutch", "vraag", "antwoord", ["Wanneer bent u open?", "Wat kost het?", "Waar zit u?"], ["Om negen uur.", "Vijf euro.", "In Utrecht, bij het station."]),
    ("Polish", "Pytanie", "Odpowiedź", ["Kiedy otwieracie?", "Ile to kosztuje?", "Gdzie jesteście?"], ["O dziewiątej.", "Pięć euro.", "W Krakowie, koło rynku."]),
    ("Czech", "otázka", "odpověď", ["Kdy otevíráte?", "Kolik to stojí?", "Kde jste?"], ["V devět.", "Pět eur.", "V Brně, u nádraží."]),
    ("Turkish", "Soru", "Cevap", ["Ne zaman açılıyor?", "Ne kadar?", "Neredesiniz?"], ["Dokuzda.", "Beş avro.", "Ankara'da, garın yanında."]),
    ("Russian", "Вопрос клиента", "Ответ", ["Когда вы открыты?", "Сколько это стоит?", "Где вы?"], ["С девяти.", "Пять евро.", "В Москве, у вокзала."]),
    ("Russian, plural", "вопросы", "ответы", ["Когда вы открыты?", "Сколько это стоит?", "Где вы?"], ["С девяти.", "Пять евро.", "В Москве."]),
    ("Ukrainian", "Питання", "Відповідь", ["Коли ви відкриті?", "Скільки це коштує?", "Де ви?"], ["З дев'ятої.", "П'ять євро.", "У Києві, біля вокзалу."]),
    ("Arabic", "السؤال", "الجواب", ["متى تفتحون؟", "كم السعر؟", "أين أنتم؟"], ["في التاسعة.", "خمسة يورو.", "في القاهرة قرب النهر."]),
    ("Hebrew", "שאלה", "תשובה", ["מתי אתם פותחים?", "כמה זה עולה?", "איפה אתם?"], ["בתשע.", "חמישה אירו.", "בחיפה, ליד הים."]),
    ("Hindi", "प्रश्न", "उत्तर", ["आप कब खोलते हैं?", "इसकी कीमत क्या है?", "आप कहाँ हैं?"], ["नौ बजे।", "पाँच यूरो।", "दिल्ली में, नदी के पास।"]),
    ("Chinese", "客户问题", "客服回答", ["你们几点开门?", "多少钱?", "你们在哪里?"], ["九点。", "五欧元。", "在上海,靠近车站。"]),
    ("Chinese, traditional", "問題", "回覆", ["你們幾點開門?", "多少錢?", "你們在哪裡?"], ["九點。", "五歐元。", "在台北車站旁邊。"]),
    ("Japanese", "お客様の質問", "回答", ["何時に開きますか。", "いくらですか。", "どこにありますか。"], ["九時です。", "五ユーロです。", "駅の隣にあります。"]),
    ("Korean", "고객 질문", "답변", ["언제 문을 여나요?", "얼마인가요?", "어디에 있나요?"], ["아홉 시입니다.", "오 유로입니다.", "역 옆에 있습니다."]),
    ("Vietnamese", "Câu hỏi", "Câu trả lời", ["Khi nào mở cửa?", "Giá bao nhiêu?", "Ở đâu?"], ["Chín giờ.", "Năm euro.", "Ở Hà Nội, gần ga."]),
    ("Indonesian", "Pertanyaan", "Jawaban", ["Kapan buka?", "Berapa harganya?", "Di mana?"], ["Jam sembilan.", "Lima euro.", "Di Jakarta, dekat stasiun."]),
    ("Swedish", "Fråga", "Svar", ["När öppnar ni?", "Vad kostar det?", "Var finns ni?"], ["Klockan nio.", "Fem euro.", "I Lund, vid stationen."]),
    ("Danish", "Spørgsmål", "Svar", ["Hvornår åbner I?", "Hvad koster det?", "Hvor er I?"], ["Klokken ni.", "Fem euro.", "I Aarhus, ved havnen."]),
    ("Finnish", "Kysymys", "Vastaus", ["Milloin avaatte?", "Paljonko se maksaa?", "Missä olette?"], ["Yhdeksältä.", "Viisi euroa.", "Turussa, joen varrella."]),
    ("Hungarian", "Kérdés", "Válasz", ["Mikor nyitnak?", "Mennyibe kerül?", "Hol vannak?"], ["Kilenckor.", "Öt euró.", "Budapesten, a folyónál."]),
    ("Greek", "Ερώτηση", "Απάντηση", ["Πότε ανοίγετε;", "Πόσο κάνει;", "Πού είστε;"], ["Στις εννέα.", "Πέντε ευρώ.", "Στην Αθήνα, στο λιμάνι."]),
    ("Romanian", "Întrebare", "Răspuns", ["Când deschideți?", "Cât costă?", "Unde sunteți?"], ["La nouă.", "Cinci euro.", "În Cluj, lângă gară."]),
    ("Thai", "คำถาม", "คำตอบ", ["เปิดกี่โมง", "ราคาเท่าไร", "อยู่ที่ไหน"], ["เก้าโมง", "ห้ายูโร", "ใกล้สถานี"]),
    ("Persian", "پرسش", "پاسخ", ["کی باز می‌کنید؟", "قیمت چند است؟", "کجا هستید؟"], ["ساعت نه.", "پنج یورو.", "در تهران کنار ایستگاه."]),
]
